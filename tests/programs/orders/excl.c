/* Two of these agree on one segment whoever comes first: the one makes it with IPC_EXCL, the other opens it.
 *
 * ends: 0
 * leaves: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(77, 64, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1)
        id = shmget(77, 64, 0);
    char *text = shmat(id, NULL, 0);
    printf("attached: %d\n", text != (char *)-1);
    shmdt(text);
    return 0;
}
