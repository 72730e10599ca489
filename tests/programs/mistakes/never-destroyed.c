/* Parent and child have both finished with the segment, and nobody removes it.
 *
 * Wrong: IPC_PRIVATE gives a segment without a key, so no other program will ever find it; it stays until somebody
 * removes it by its identifier, or the machine stops.
 *
 * diagnoses: never-destroyed
 * ends: 0
 * leaves: 1
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
    if (fork() == 0) {
        strcpy(text, "from the child");
        shmdt(text);
        _exit(0);
    }
    wait(NULL);
    printf("Parent reads: %s\n", text);
    shmdt(text);
    return 0;
}
