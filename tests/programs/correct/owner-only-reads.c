/* Mode 0400, and the owner attaches for reading only.
 *
 * Looks like owner-without-rights.c and is right.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stddef.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0400);
    const char *text = shmat(id, NULL, SHM_RDONLY);
    if (id == -1 || text == (const char *)-1)
        return 1;
    int empty = *text == 0;
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return !empty;
}
