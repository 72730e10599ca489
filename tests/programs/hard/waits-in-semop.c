/* Waits in semop for a semaphore that nobody raises. The set is removed by whoever tidies up: SEM_UNDO can't.
 *
 * diagnoses: semaphore-not-set
 * ends: never
 */
#include <stdio.h>
#include <sys/sem.h>

int main(void)
{
    int set = semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL | 0600);
    struct sembuf wait = {0, -1, 0};
    if (set == -1) {
        perror("semget");
        return 1;
    }
    puts("waiting");
    fflush(stdout);
    return semop(set, &wait, 1) == -1;
}
