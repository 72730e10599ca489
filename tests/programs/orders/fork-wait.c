/* A parent reads only when its child, which has written, has ended: in every order it prints the same.
 *
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);

    if (fork() == 0) {
        strcpy(text, "hello");
        shmdt(text);
        return 0;
    }
    wait(NULL);
    printf("read: %s\n", text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
