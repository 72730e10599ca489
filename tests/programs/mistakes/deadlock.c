/* Two processes take the same two semaphores, each in another order.
 *
 * Wrong: each has one and waits for the other's.
 *
 * diagnoses: deadlock
 * ends: never
 */
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int sem;

static void step(unsigned short number, short by)
{
    struct sembuf op = {number, by, SEM_UNDO};
    semop(sem, &op, 1);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    sem = semget(IPC_PRIVATE, 2, IPC_CREAT | IPC_EXCL | 0600);
    volatile long *has = shmat(id, NULL, 0);
    if (id == -1 || sem == -1 || has == (long *)-1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, SETVAL, 1);
    semctl(sem, 1, SETVAL, 1);
    pid_t child = fork();
    unsigned short first = child == 0;
    step(first, -1);
    /* Until both have their first one. */
    __atomic_fetch_add(has, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(has, __ATOMIC_SEQ_CST) != 2)
        usleep(1000);
    step(!first, -1);
    *has = 0;
    step(!first, 1);
    step(first, 1);
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    semctl(sem, 0, IPC_RMID);
    return 0;
}
