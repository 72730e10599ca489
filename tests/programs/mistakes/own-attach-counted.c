/* Removes the segment only if nobody has it attached any more, and asks while it is attached itself.
 *
 * Wrong: nattch counts the own attachment as well, so that it is never 0 here, and the segment stays.
 *
 * diagnoses: own-attach-counted, never-destroyed
 * leaves: 1
 * ends: 0
 */
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 6144, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    struct shmid_ds record;
    if (id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "pool");
    if (shmctl(id, IPC_STAT, &record) == 0 && record.shm_nattch == 0)
        shmctl(id, IPC_RMID, NULL);
    shmdt(text);
    return 0;
}
