/* A child removes the segment after a second; that its parent has attached it by then is luck.
 *
 * diagnoses: attach-against-removal
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    if (fork() == 0) {
        sleep(1);
        shmctl(id, IPC_RMID, NULL);
        _exit(0);
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "in time");
    wait(NULL);
    shmdt(text);
    return 0;
}
