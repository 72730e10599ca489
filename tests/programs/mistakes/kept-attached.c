/* Takes one segment after the other, and removes each without shmdt.
 *
 * Wrong: IPC_RMID marks a segment, and the last shmdt frees it. Until this program ends it has all of them in memory.
 *
 * diagnoses: kept-attached, not-detached
 * ends: 0
 */
#include <stddef.h>
#include <sys/shm.h>

int main(void)
{
    for (int round = 0; round < 40; round++) {
        int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
        char *text = shmat(id, NULL, 0);
        if (id == -1 || text == (char *)-1)
            return 1;
        text[0] = 'x';
        shmctl(id, IPC_RMID, NULL);
    }
    return 0;
}
