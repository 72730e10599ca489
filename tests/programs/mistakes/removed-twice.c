/* IPC_RMID twice: the child runs on into its parent's last lines.
 *
 * Untidy and harmless: the second time the segment is marked already, or gone (EINVAL).
 *
 * diagnoses: removed-twice
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
        return 1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        strcpy(text, "from the child");
    } else {
        wait(NULL);
        printf("Parent reads: %s\n", text);
    }
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
