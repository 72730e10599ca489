/* Two children count in one segment, and a System V semaphore lets one in at a time.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void step(int sem, short by)
{
    struct sembuf op = {0, by, 0};
    if (semop(sem, &op, 1) == -1)
        _exit(1);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || sem == -1) {
        perror("start");
        return 1;
    }
    volatile long *count = shmat(id, NULL, 0);
    if (count == (long *)-1) {
        perror("shmat");
        return 1;
    }
    step(sem, 1);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 1000; i++) {
                step(sem, -1);
                *count += 1;
                step(sem, 1);
            }
            shmdt((void *)count);
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
    printf("count is %ld\n", *count);
    shmdt((void *)count);
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, IPC_RMID);
    return 0;
}
