/* Makes a semaphore set with IPC_EXCL, and never removes it.
 *
 * Wrong: the second run meets the first one's set, and gives up.
 *
 * diagnoses: in-the-way
 * verdict: cant_say
 * before: first
 * ends: 1
 */
#include <stdio.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void)
{
    int set = semget(0x4c616273, 1, IPC_CREAT | IPC_EXCL | 0600);
    if (set == -1) {
        perror("semget");
        return 1;
    }
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    text[0] = 'w';
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
