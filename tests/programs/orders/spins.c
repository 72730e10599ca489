/* A child looks at memory until its parent has written: without a call, or with the argument `sleep` with a sleep
 * between two looks. With `never` its parent does not write.
 *
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int sleeps = argc > 1 && strcmp(argv[1], "sleep") == 0;
    int never = argc > 1 && strcmp(argv[1], "never") == 0;
    int id = shmget(IPC_PRIVATE, sizeof(int), IPC_CREAT | 0600);
    volatile int *flag = shmat(id, NULL, 0);

    if (fork() == 0) {
        while (*flag == 0) {
            if (sleeps || never)
                usleep(1000);
        }
        printf("flag: %d\n", *flag);
        return 0;
    }
    struct shmid_ds row;
    shmctl(id, IPC_STAT, &row);
    if (!never)
        *flag = 1;
    wait(NULL);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
