/* A file that is not there, and that has nothing to do with the key.
 *
 * Looks like missing-file.c from outside: a stat that fails, then a shmget. The key is a number of its own.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>

int main(void)
{
    struct stat st;
    if (stat("settings", &st) == -1)
        puts("no settings, then without");
    int id = shmget(0x4c4143, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
