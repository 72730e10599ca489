/* Two children count in one segment, the second after the first has ended.
 *
 * Looks like unordered-writers.c and is right: the parent waits in between.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    volatile long *count = shmat(id, NULL, 0);
    if (count == (long *)-1) {
        perror("shmat");
        return 1;
    }
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 100000; i++)
                *count += 1;
            _exit(0);
        }
        wait(NULL);
    }
    printf("count is %ld\n", *count);
    shmdt((void *)count);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
