/* Fills a segment for a program that comes later, and prints its record while it has it attached.
 *
 * It does not ask in order to decide whether to remove the segment.
 *
 * diagnoses: left-behind
 * leaves: 1
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(0x4c616274, 64, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    struct shmid_ds record;
    if (id == -1 || text == (char *)-1 || shmctl(id, IPC_STAT, &record) == -1)
        return 1;
    printf("%lu attachments\n", (unsigned long)record.shm_nattch);
    strcpy(text, "for later");
    return shmdt(text) == -1;
}
