/* Kills, twenty times, a process that does nothing but fork: now and then in the middle of a fork.
 *
 * diagnoses: none
 * ends: 0
 */
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void fork_for_ever(void)
{
    for (;;) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        waitpid(child, NULL, 0);
    }
}

int main(void)
{
    for (int round = 0; round < 20; round++) {
        pid_t parent = fork();
        if (parent == 0)
            fork_for_ever();
        if (parent == -1) {
            perror("fork");
            return 1;
        }
        usleep(2000 + 97 * round);
        kill(parent, SIGKILL);
        waitpid(parent, NULL, 0);
    }
    return 0;
}
