/* if (id = shmget(...) < 0): what is stored is the comparison's result.
 *
 * Wrong: id becomes 0, for false, and the program attaches the segment whose identifier is 0: somebody else's.
 * Its own segment is never used and never removed. (The child plays somebody else, and takes identifier 0 where
 * nothing else has it yet.)
 *
 * diagnoses: id-from-comparison, never-destroyed
 * ends: 0
 * leaves: 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static void somebody_else(int ready, int end)
{
    char byte = 0;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1)
        _exit(1);
    strcpy(text, "none of your business");
    if (write(ready, &byte, 1) != 1 || read(end, &byte, 1) != 0)
        _exit(1);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    _exit(0);
}

int main(void)
{
    int id, ready[2], end[2];
    char byte;
    if (pipe(ready) == -1 || pipe(end) == -1)
        return 1;
    if (fork() == 0) {
        close(end[1]);
        somebody_else(ready[1], end[0]);
    }
    if (read(ready[0], &byte, 1) != 1)
        return 1;

    key_t key = ftok(".", 'P');
    if (id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600) < 0) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    printf("Data read from memory: %s\n", text);
    shmdt(text);

    close(end[1]);
    wait(NULL);
    return 0;
}
