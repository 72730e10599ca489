/* Two processes take two semaphores, each in its own sequence: in some orders each holds what the other waits for.
 *
 * ends: never
 */
#include <sys/sem.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int set = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
    struct sembuf give[2] = { { 0, 1, 0 }, { 1, 1, 0 } };
    struct sembuf take0 = { 0, -1, 0 }, take1 = { 1, -1, 0 };

    semop(set, give, 2);
    int child = fork() == 0;
    semop(set, child ? &take1 : &take0, 1);
    semop(set, child ? &take0 : &take1, 1);
    semop(set, give, 2);
    if (child)
        return 0;
    wait(NULL);
    semctl(set, 0, IPC_RMID);
    return 0;
}
