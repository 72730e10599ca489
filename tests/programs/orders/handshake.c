/* A child waits at a semaphore until its parent has written: in every order it prints the same.
 *
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600);
    int written = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    struct sembuf take = { 0, -1, 0 }, give = { 0, 1, 0 };

    if (fork() == 0) {
        semop(written, &take, 1);
        printf("read: %s\n", text);
        return 0;
    }
    strcpy(text, "hello");
    semop(written, &give, 1);
    wait(NULL);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    semctl(written, 0, IPC_RMID);
    return 0;
}
