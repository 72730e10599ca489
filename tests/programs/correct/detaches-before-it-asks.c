/* Removes the segment only if nobody has it attached any more, and detaches it before it asks.
 *
 * diagnoses: none
 * ends: 0
 */
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    for (int round = 0; round < 10; round++) {
        int id = shmget(IPC_PRIVATE, 6144, IPC_CREAT | IPC_EXCL | 0600);
        char *text = shmat(id, NULL, 0);
        struct shmid_ds record;
        if (id == -1 || text == (char *)-1)
            return 1;
        strcpy(text, "pool");
        /* Asked too early, and asked again. */
        if (shmctl(id, IPC_STAT, &record) != 0 || record.shm_nattch != 1)
            return 1;
        shmdt(text);
        if (shmctl(id, IPC_STAT, &record) == 0 && record.shm_nattch == 0)
            shmctl(id, IPC_RMID, NULL);
    }
    return 0;
}
