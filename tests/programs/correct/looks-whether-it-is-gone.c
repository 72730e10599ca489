/* Removes its segment and looks whether it is gone: by its key (ENOENT) and by its identifier (EINVAL).
 *
 * Looks like removed-too-early.c and is right: who looks has removed it itself, and wants this answer.
 *
 * diagnoses: none
 * ends: 0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

#define KEY 0x6c616207

int main(void)
{
    struct shmid_ds about;
    int id = shmget(KEY, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "hello");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    int gone = shmget(KEY, 0, 0) == -1 && errno == ENOENT;
    return !(gone && shmctl(id, IPC_STAT, &about) == -1);
}
