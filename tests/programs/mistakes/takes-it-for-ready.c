/* The reader finds the segment, takes that for a sign that it is filled, and reads zeros.
 *
 * diagnoses: reader-first
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(0x6c616205, 64, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1)
        return 1;
    char *text = shmat(id, NULL, 0);
    if (fork() == 0) {
        char *look = shmat(shmget(0x6c616205, 64, 0), NULL, SHM_RDONLY);
        printf("reader: '%s'\n", look);
        fflush(stdout);
        shmdt(look);
        _exit(0);
    }
    wait(NULL);
    strcpy(text, "ready");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
