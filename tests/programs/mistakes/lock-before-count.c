/* A producer and a consumer with a place, a count and a lock, which the producer takes before it waits for the place.
 *
 * Wrong: with the lock in hand it waits for a place, and the consumer, which would make one, waits for the lock.
 *
 * diagnoses: all-asleep
 * ends: never
 */
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLACE, COUNT, LOCK };

static int set;

static void step(unsigned short number, short by)
{
    struct sembuf op = {number, by, 0};
    semop(set, &op, 1);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(int), IPC_CREAT | IPC_EXCL | 0600);
    int *place = shmat(id, NULL, 0);
    set = semget(IPC_PRIVATE, 3, IPC_CREAT | IPC_EXCL | 0600);
    unsigned short first[] = {1, 0, 1};
    if (id == -1 || set == -1 || place == (int *)-1 || semctl(set, 0, SETALL, first) == -1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    pid_t child = fork();
    if (child == 0) {
        /* Until the producer waits for its second place. */
        while (semctl(set, PLACE, GETNCNT) != 1)
            usleep(1000);
        for (int i = 0; i < 2; i++) {
            step(COUNT, -1);
            step(LOCK, -1);
            step(LOCK, 1);
            step(PLACE, 1);
        }
        _exit(0);
    }
    for (int i = 0; i < 2; i++) {
        step(LOCK, -1);
        step(PLACE, -1);
        *place = i;
        step(LOCK, 1);
        step(COUNT, 1);
    }
    waitpid(child, NULL, 0);
    semctl(set, 0, IPC_RMID);
    return 0;
}
