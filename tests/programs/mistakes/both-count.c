/* Parent and child count in one variable at the same time; that the parent waits in the end orders nothing of it.
 *
 * A remark only, since no trace sees a store; but nobody can call such a run right.
 *
 * diagnoses: unordered-writers
 * verdict: cant_say
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(int), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1)
        return 1;
    volatile int *count = shmat(id, NULL, 0);
    pid_t child = fork();
    for (int i = 0; i < 30 * 1000 * 1000; i++)
        *count = *count + 1;
    if (child == 0) {
        shmdt((void *)count);
        _exit(0);
    }
    wait(NULL);
    shmdt((void *)count);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
