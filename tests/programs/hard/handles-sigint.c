/* Handles SIGINT itself: it cleans up and ends with 3. It says "ready" when the signal may come.
 *
 * diagnoses: none
 * diagnoses (timeout): left-behind
 * leaves (timeout): 1
 * ends: never
 */
#include <signal.h>
#include <stdio.h>
#include <sys/shm.h>
#include <unistd.h>

static volatile sig_atomic_t asked;

static void note(int signal)
{
    asked = signal;
}

int main(void)
{
    sigset_t block, old;
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGINT, &action, NULL);
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigprocmask(SIG_BLOCK, &block, &old);
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1) {
        perror("start");
        return 1;
    }
    puts("ready");
    fflush(stdout);
    while (!asked)
        sigsuspend(&old);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    puts("cleaned up");
    return 3;
}
