/* What its argument says: `forks` without an end, `prints` without an end, `stops` itself, leaves a `daemon` behind,
 * `kills` its parent, or `fills` the folder. Without one it does nothing.
 *
 * ends: 0
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "forks") == 0)
        for (;;)
            fork();
    if (strcmp(what, "prints") == 0)
        for (;;)
            puts("again and again and again and again and again and again");
    if (strcmp(what, "stops") == 0)
        raise(SIGSTOP);
    if (strcmp(what, "daemon") == 0) {
        if (fork() > 0)
            return 0;
        setsid();
        if (fork() > 0)
            return 0;
        signal(SIGTERM, SIG_IGN);
        for (;;)
            pause();
    }
    if (strcmp(what, "kills") == 0)
        kill(getppid(), SIGKILL);
    if (strcmp(what, "fills") == 0) {
        int file = open("full", O_CREAT | O_WRONLY, 0600);
        char block[4096] = { 1 };
        while (write(file, block, sizeof block) > 0)
            ;
    }
    return 0;
}
