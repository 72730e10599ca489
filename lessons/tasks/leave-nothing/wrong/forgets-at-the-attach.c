/* replaces: server.c
 * fails: shmat() fails
 *
 * It returns between shmget() and the removal.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

static void note(int signal)
{
    (void)signal;
    interrupted = 1;
}

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    line[strcspn(line, "\n")] = '\0';
    /* Without SA_RESTART the signal ends getchar(). */
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGINT, &action, NULL);
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
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
    shmctl(id, IPC_RMID, NULL);
    return interrupted ? 130 : 0;
}
