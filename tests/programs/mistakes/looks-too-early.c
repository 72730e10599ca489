/* The reader looks for a segment that its writer makes a moment later, and gives up.
 *
 * diagnoses: reader-first
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY 0x6c616204

int main(void)
{
    if (fork() == 0) {
        int id = shmget(KEY, 1024, 0600);
        if (id == -1)
            perror("reader: shmget");
        _exit(id == -1);
    }
    wait(NULL);
    int id = shmget(KEY, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1)
        return 1;
    char *text = shmat(id, NULL, 0);
    strcpy(text, "too late");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
