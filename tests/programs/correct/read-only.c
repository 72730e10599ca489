/* A child that only reads attaches with SHM_RDONLY, and does only read.
 *
 * Looks like store-read-only.c and is right.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "from the parent");
    shmdt(text);
    if (fork() == 0) {
        const char *look = shmat(id, NULL, SHM_RDONLY);
        if (look == (const char *)-1)
            _exit(1);
        printf("Child reads: %s\n", look);
        fflush(stdout);
        shmdt(look);
        _exit(0);
    }
    wait(NULL);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
