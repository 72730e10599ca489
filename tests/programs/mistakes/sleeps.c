/* sleep in place of an order.
 *
 * Wrong: the parent sleeps a while and hopes that the child has written by then. On a busy machine it has not.
 *
 * diagnoses: unordered-writers
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    if (fork() == 0) {
        strcpy(text, "from the child");
        shmdt(text);
        _exit(0);
    }
    usleep(200000);
    printf("Parent reads: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
