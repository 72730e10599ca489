/* A tracer itself: it traces a child that makes the calls. Where it is traced, the child's PTRACE_TRACEME is refused
 * if the child is traced already; then it says so and lets the child run untraced.
 *
 * diagnoses: none
 * ends: 0
 */
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int work(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    text[0] = 'x';
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}

int main(void)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1)
            perror("PTRACE_TRACEME");
        else
            raise(SIGSTOP);
        _exit(work());
    }
    while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, child, NULL, NULL);
    printf("child ended with %d\n", WEXITSTATUS(status));
    return WEXITSTATUS(status);
}
