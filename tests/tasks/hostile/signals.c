/* Signals its parent, the first process, everybody, and its group. */
#include <signal.h>
#include <unistd.h>

int main(void)
{
    kill(getppid(), SIGKILL);
    kill(1, SIGKILL);
    kill(-1, SIGKILL);
    kill(0, SIGTERM);
    return 0;
}
