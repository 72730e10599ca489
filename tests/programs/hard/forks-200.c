/* 200 children, each attaching and detaching, many at a time.
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
        if (pid == -1) {
            perror("fork");
            break;
        }
        if (pid == 0) {
            char *text = shmat(id, NULL, SHM_RDONLY);
            if (text == (char *)-1)
                _exit(1);
            _exit(shmdt(text) == -1);
        }
    }
    int status, failed = 0;
    while (wait(&status) > 0)
        failed += status != 0;
    printf("%d of 200 failed\n", failed);
    shmctl(id, IPC_RMID, NULL);
    return failed != 0;
}
