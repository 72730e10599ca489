/* Two processes that take turns with a semaphore, to which neither has given a value.
 *
 * Wrong: a new semaphore is 0, so both wait for the other to raise it.
 *
 * diagnoses: semaphore-not-set
 * ends: never
 */
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int set;

static void step(short by)
{
    struct sembuf op = {0, by, 0};
    semop(set, &op, 1);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(int), IPC_CREAT | IPC_EXCL | 0600);
    int *count = shmat(id, NULL, 0);
    set = semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || set == -1 || count == (int *)-1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    pid_t child = fork();
    step(-1);
    *count += 1;
    step(1);
    if (child == 0)
        _exit(0);
    waitpid(child, NULL, 0);
    semctl(set, 0, IPC_RMID);
    return 0;
}
