/* A child makes the segment and sends its identifier through a pipe.
 *
 * Looks like id-from-comparison.c: the parent attaches an identifier, often 0, that no shmget of its own returned.
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
    int id, way[2];
    if (pipe(way) == -1) {
        perror("pipe");
        return 1;
    }
    if (fork() == 0) {
        id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
        char *text = shmat(id, NULL, 0);
        if (text == (char *)-1)
            _exit(1);
        strcpy(text, "from the child");
        shmdt(text);
        _exit(write(way[1], &id, sizeof id) == sizeof id ? 0 : 1);
    }
    if (read(way[0], &id, sizeof id) != sizeof id)
        return 1;
    wait(NULL);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    printf("Parent reads: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
