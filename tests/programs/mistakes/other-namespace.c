/* A child in an IPC namespace of its own hands its segment's identifier to its parent, where it means nothing.
 *
 * diagnoses: other-namespace
 * ends: 1
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int word[2], back[2], id;
    char go;
    if (pipe(word) == -1 || pipe(back) == -1)
        return 2;
    if (fork() == 0) {
        if (unshare(CLONE_NEWIPC) == -1 && unshare(CLONE_NEWUSER | CLONE_NEWIPC) == -1)
            _exit(2);
        id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | 0600);
        char *text = shmat(id, NULL, 0);
        *text = 1;
        if (write(word[1], &id, sizeof id) != sizeof id || read(back[0], &go, 1) != 1)
            _exit(2);
        shmdt(text);
        shmctl(id, IPC_RMID, NULL);
        _exit(0);
    }
    if (read(word[0], &id, sizeof id) != sizeof id)
        return 2;
    char *text = shmat(id, NULL, SHM_RDONLY);
    if (text == (char *)-1)
        perror("shmat");
    if (write(back[1], "g", 1) != 1)
        return 2;
    wait(NULL);
    return text == (char *)-1;
}
