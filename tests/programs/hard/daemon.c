/* Forks twice and lets the grandchild work on in a session of its own, after the program itself has ended.
 * The grandchild holds standard output until it has finished, so whoever reads that to its end has waited for it.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    pid_t child = fork();
    if (child > 0) {
        waitpid(child, NULL, 0);
        return 0;
    }
    setsid();
    if (fork() > 0)
        _exit(0);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1)
        _exit(1);
    strcpy(text, "from far away");
    puts(text);
    fflush(stdout);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    _exit(0);
}
