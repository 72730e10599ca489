/* 200 children, one after the other, each attaching and detaching.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    for (int child = 0; child < 200; child++) {
        pid_t pid = fork();
        if (pid == 0) {
            void *at = shmat(id, NULL, SHM_RDONLY);
            _exit(at == (void *)-1 || shmdt(at) == -1);
        }
        if (pid == -1 || waitpid(pid, NULL, 0) == -1) {
            perror("child");
            return 1;
        }
    }
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
