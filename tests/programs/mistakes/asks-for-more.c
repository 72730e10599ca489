/* A bigger size for a segment that exists.
 *
 * Wrong: a segment does not grow. Asked for with more bytes than it has, it is refused with EINVAL.
 *
 * diagnoses: larger-than-segment
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'l');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    if (shmget(key, 200, 0600) == -1) {
        perror("shmget, 200 bytes");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    return 0;
}
