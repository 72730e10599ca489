/* replaces: server.c
 * fails: ctrl-c
 *
 * A signal that ends a process runs no function of atexit().
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

static int id = -1;

static void removal(void)
{
    shmctl(id, IPC_RMID, NULL);
}

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    line[strcspn(line, "\n")] = '\0';
    id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    atexit(removal);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, line);
    printf("Server: %s\n", text);
    fflush(stdout);
    getchar();
    shmdt(text);
    return 0;
}
