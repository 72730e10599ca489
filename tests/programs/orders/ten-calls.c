/* Ten calls on a segment that two of these share: find or make it, four times attach and detach, look at it.
 *
 * ends: 0
 * leaves: 1
 */
#include <stddef.h>
#include <sys/shm.h>

int main(void)
{
    struct shmid_ds row;
    int id = shmget(77, 64, IPC_CREAT | 0600);
    for (int i = 0; i < 4; i++) {
        char *text = shmat(id, NULL, 0);
        text[0]++;
        shmdt(text);
    }
    shmctl(id, IPC_STAT, &row);
    return 0;
}
