/* Compares shmget's result with 0 in the ways that are right.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    int id, other;
    if ((id = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600)) < 0)
        return 1;
    int failed = (other = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600)) == -1;
    char *text = shmat(id, NULL, 0), *more = shmat(other, NULL, 0);
    if (failed || text == (char *)-1 || more == (char *)-1)
        return 1;
    text[0] = more[0] = 'w';
    shmdt(text);
    shmdt(more);
    shmctl(id, IPC_RMID, NULL);
    shmctl(other, IPC_RMID, NULL);
    return 0;
}
