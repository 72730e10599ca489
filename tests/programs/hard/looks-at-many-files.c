/* Looks at a file 2,000 times, as a tool that waits for it does, and only then makes a key of it.
 *
 * diagnoses: none
 * files: lab.key
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/stat.h>

int main(void)
{
    struct stat found;
    for (int i = 0; i < 2000; i++)
        if (stat("lab.key", &found) == -1) {
            perror("lab.key");
            return 1;
        }
    key_t key = ftok("lab.key", 'L');
    int id = key == -1 ? -1 : shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    if (shmctl(id, IPC_RMID, NULL) == -1) {
        perror("shmctl");
        return 1;
    }
    return 0;
}
