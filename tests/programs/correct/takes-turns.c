/* Two processes take turns by a semaphore, for ever: whenever they are looked at, one of them waits for the other, and
 * that is as it should be.
 *
 * diagnoses: none
 * ends: never
 */
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL | 0600);
    volatile long *count = shmat(id, NULL, 0);
    if (id == -1 || sem == -1 || count == (long *)-1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, SETVAL, 1);
    struct sembuf down = {0, -1, SEM_UNDO}, up = {0, 1, SEM_UNDO};
    fork();
    for (;;) {
        semop(sem, &down, 1);
        *count += 1;
        usleep(200000);
        semop(sem, &up, 1);
    }
}
