/* A child is killed while it has the semaphore, and the parent waits for it.
 *
 * Wrong: a semaphore is a number, and nobody gives it back for a dead process. With SEM_UNDO the kernel would.
 *
 * diagnoses: dead-holder
 * ends: never
 */
#include <signal.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void step(int sem, short by)
{
    struct sembuf op = {0, by, 0};
    semop(sem, &op, 1);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL | 0600);
    long *count = shmat(id, NULL, 0);
    if (id == -1 || sem == -1 || count == (long *)-1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    step(sem, 1);
    if (fork() == 0) {
        step(sem, -1);
        *count += 1;
        raise(SIGKILL);
        step(sem, 1);
        _exit(0);
    }
    wait(NULL);
    step(sem, -1);
    *count += 1;
    step(sem, 1);
    semctl(sem, 0, IPC_RMID);
    return 0;
}
