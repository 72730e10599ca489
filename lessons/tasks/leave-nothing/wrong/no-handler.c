/* replaces: server.c
 * fails: ctrl-c
 *
 * It removes the segment behind getchar(), where Ctrl-C never lets it come.
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    line[strcspn(line, "\n")] = '\0';
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(text, line);
    printf("Server: %s\n", text);
    fflush(stdout);
    getchar();
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
