/* Both mistakes of who writes too late: without an argument the parent writes after it has forked, and the child may have
 * read; with one, the parent gives the semaphore for which the child waits, and writes then.
 *
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    (void)argv;
    int id = shmget(IPC_PRIVATE, 100, 0600);
    int sem = semget(IPC_PRIVATE, 1, 0600);
    char *text = shmat(id, NULL, 0);
    struct sembuf take = {0, -1, 0}, give = {0, 1, 0};
    if (argc > 1 && fork() == 0) {
        semop(sem, &take, 1);
        printf("%s\n", text);
        return 0;
    }
    if (argc > 1)
        semop(sem, &give, 1);
    else if (fork() == 0) {
        printf("%s\n", text);
        return 0;
    }
    strcpy(text, "hello");
    wait(NULL);
    semctl(sem, 0, IPC_RMID);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
