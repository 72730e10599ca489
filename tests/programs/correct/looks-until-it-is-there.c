/* The reader looks again until the writer has made the segment.
 *
 * Looks like looks-too-early.c and is right: ENOENT is the answer that it waits with.
 *
 * diagnoses: none
 * ends: 0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY 0x6c616206

int main(void)
{
    int go[2];
    char byte;
    if (pipe(go) == -1)
        return 1;
    if (fork() == 0) {
        int id = shmget(KEY, 0, 0);
        if (write(go[1], "g", 1) != 1)
            _exit(1);
        while (id == -1 && errno == ENOENT) {
            usleep(1000);
            id = shmget(KEY, 0, 0);
        }
        const char *text = shmat(id, NULL, SHM_RDONLY);
        if (id == -1 || text == (const char *)-1)
            _exit(1);
        while (*(volatile const char *)text == 0)
            usleep(1000);
        shmdt(text);
        _exit(0);
    }
    if (read(go[0], &byte, 1) != 1)
        return 1;
    int id = shmget(KEY, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "here");
    wait(NULL);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
