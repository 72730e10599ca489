/* A forked child leaves with _exit(), and its parent's handler removes the segment once.
 *
 * Looks like used-after-removal.c and is right.
 *
 * diagnoses: none
 * ends: 0
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
        _exit(0);
    wait(NULL);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1)
        return 1;
    strcpy(text, "hello");
    shmdt(text);
    return 0;
}
