/* The server marks its segment at once, so that nothing is left after a crash; its client then looks for the key.
 *
 * Wrong: a marked segment has no key any more. Mark it when the last partner has attached.
 *
 * diagnoses: removed-too-early
 * ends: 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY 0x6c616203

static int client(int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        return 2;
    int id = shmget(KEY, 0, 0);
    if (id == -1) {
        perror("client: shmget");
        return 1;
    }
    return 0;
}

int main(void)
{
    int go[2], status;
    if (pipe(go) == -1)
        return 2;
    if (fork() == 0)
        _exit(client(go[0]));
    int id = shmget(KEY, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    strcpy(text, "ready");
    if (write(go[1], "g", 1) != 1)
        return 2;
    wait(&status);
    shmdt(text);
    return WEXITSTATUS(status);
}
