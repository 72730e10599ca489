/* Waits for its child before it writes the byte that the child waits for.
 *
 * Wrong: each waits for the other. That the child has the pipe's other end as well, from fork, helps nobody.
 *
 * diagnoses: deadlock
 * ends: never
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    char byte = 'x';
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1 || pipe(ends) == -1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    if (fork() == 0) {
        read(ends[0], &byte, 1);
        puts(text);
        _exit(0);
    }
    strcpy(text, "word");
    wait(NULL);
    write(ends[1], &byte, 1);
    return 0;
}
