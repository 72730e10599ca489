/* IPC_EXCL without IPC_CREAT.
 *
 * Wrong: the second shmget means to fail if the segment exists. Without IPC_CREAT, IPC_EXCL is ignored, and the
 * segment is found.
 *
 * diagnoses: excl-alone
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'e');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    if (shmget(key, 1024, IPC_EXCL | 0600) != -1)
        puts("found, and nobody said that it exists");
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
