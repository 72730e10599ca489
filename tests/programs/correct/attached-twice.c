/* One process attaches a segment twice, for writing and for reading, and detaches both.
 *
 * Looks like shmdt-twice.c and is right: two attaches, two addresses.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *in = shmat(id, NULL, 0);
    const char *out = shmat(id, NULL, SHM_RDONLY);
    if (in == (char *)-1 || out == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(in, "two windows, one page");
    puts(out);
    shmdt(in);
    shmdt(out);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
