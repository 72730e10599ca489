/* A forked child leaves with exit(), which runs the handlers of its parent: one of them removes the parent's segment.
 *
 * diagnoses: used-after-removal
 * ends: 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int id;

static void tidy(void)
{
    shmctl(id, IPC_RMID, NULL);
}

int main(void)
{
    id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    atexit(tidy);
    if (fork() == 0)
        exit(0);
    wait(NULL);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "hello");
    shmdt(text);
    return 0;
}
