/* A size computed in an int: the product does not fit, becomes negative, and the kernel takes it for nearly 2^64.
 *
 * diagnoses: impossible-size
 * flags: -fwrapv
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    int items = 1 << 28;
    int bytes = items * 8;
    int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    return 0;
}
