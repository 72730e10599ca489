/* All of shmctl's commands that need no privilege.
 *
 * Looks like wrong-command.c and is right.
 *
 * diagnoses: none
 * ends: 0
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    struct shmid_ds record;
    struct shm_info all;
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    if (shmctl(id, IPC_STAT, &record) == -1)
        perror("IPC_STAT");
    record.shm_perm.mode = 0640;
    if (shmctl(id, IPC_SET, &record) == -1)
        perror("IPC_SET");
    if (shmctl(id, SHM_LOCK, NULL) == -1 || shmctl(id, SHM_UNLOCK, NULL) == -1)
        perror("SHM_LOCK");
    if (shmctl(0, IPC_INFO, (struct shmid_ds *)&record) == -1)
        perror("IPC_INFO");
    int last = shmctl(0, SHM_INFO, (struct shmid_ds *)&all);
    for (int at = 0; at <= last; at++)
        shmctl(at, SHM_STAT, &record);
    printf("size %zu\n", record.shm_segsz);
    if (shmctl(id, IPC_RMID, NULL) == -1)
        perror("IPC_RMID");
    return 0;
}
