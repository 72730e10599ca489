/* An earlier run has left its segment, and IPC_EXCL wants a new one: EEXIST, in every run from then on.
 *
 * diagnoses: in-the-way
 * before: first
 * verdict: cant_say
 * ends: 1
 * leaves: 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(0x6c616202, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    strcpy(text, "left");
    shmdt(text);
    return 0;
}
