/* ftok fails, and the program looks.
 *
 * Looks like missing-file.c and is right: it says what is missing and stops, before any segment.
 *
 * diagnoses: none
 * verdict: cant_say
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("shmfile", 65);
    if (key == -1) {
        perror("shmfile");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
