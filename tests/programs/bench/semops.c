/* Two processes hand a segment to each other with two semaphores: 400,000 semop calls.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void step(int sem, unsigned short which, short by)
{
    struct sembuf op = {which, by, 0};
    if (semop(sem, &op, 1) == -1)
        _exit(1);
}

static void turns(int sem, volatile long *count, unsigned short mine)
{
    for (int i = 0; i < 100000; i++) {
        step(sem, mine, -1);
        *count += 1;
        step(sem, !mine, 1);
    }
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    int sem = semget(IPC_PRIVATE, 2, IPC_CREAT | IPC_EXCL | 0600);
    volatile long *count = shmat(id, NULL, 0);
    if (id == -1 || sem == -1 || count == (long *)-1) {
        perror("start");
        return 1;
    }
    step(sem, 0, 1);
    pid_t child = fork();
    if (child == 0) {
        turns(sem, count, 1);
        _exit(0);
    }
    turns(sem, count, 0);
    waitpid(child, NULL, 0);
    int right = *count == 200000;
    shmdt((void *)count);
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, IPC_RMID);
    return !right;
}
