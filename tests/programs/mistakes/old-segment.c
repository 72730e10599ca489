/* An earlier run, with another number of slots, has left its segment: IPC_CREAT takes it, with its size and its content.
 *
 * diagnoses: old-segment
 * before: 5
 * ends: 0
 * leaves: 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>

int main(int words, char **word)
{
    int slots = words > 1 ? atoi(word[1]) : 2;
    int id = shmget(0x6c616201, slots * sizeof(int), IPC_CREAT | 0600);
    int *slot = shmat(id, NULL, 0);
    struct shmid_ds about;
    for (int i = 0; i < slots; i++)
        slot[i] = 10 * slots + i;
    shmctl(id, IPC_STAT, &about);
    printf("%zu slots\n", about.shm_segsz / sizeof(int));
    shmdt(slot);
    return 0;
}
