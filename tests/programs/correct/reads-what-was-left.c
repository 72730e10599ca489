/* A reader for what an earlier run has left: it opens and never creates, reads, and removes.
 *
 * Looks like old-segment.c and is right: without IPC_CREAT it can only mean a segment that is there.
 *
 * diagnoses: none
 * before: write
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

#define KEY 0x6c616208

int main(int words, char **word)
{
    (void)word;
    int write = words > 1;
    int id = shmget(KEY, write ? 64 : 0, write ? IPC_CREAT | IPC_EXCL | 0600 : 0);
    char *text = shmat(id, NULL, write ? 0 : SHM_RDONLY);
    if (id == -1 || text == (char *)-1)
        return 1;
    if (write)
        strcpy(text, "for the next run");
    else
        puts(text);
    shmdt(text);
    if (!write)
        shmctl(id, IPC_RMID, NULL);
    return 0;
}
