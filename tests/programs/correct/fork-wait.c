/* A child writes, its parent waits for it and reads; the child's exit detaches what it inherited.
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
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    pid_t child = fork();
    if (child == -1) {
        perror("fork");
        shmdt(text);
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    if (child == 0) {
        strcpy(text, "from the child");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    printf("Parent reads: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
