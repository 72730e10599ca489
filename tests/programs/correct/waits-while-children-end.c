/* Waits for a semaphore that its second child raises, after its first child has ended.
 *
 * The end of the first child sends SIGCHLD, which the parent ignores: its semop must not see that.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int add(int set, short change)
{
    struct sembuf one = {0, change, 0};
    return semop(set, &one, 1);
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    int set = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    int lives[2];
    if (id == -1 || text == (char *)-1 || set == -1 || pipe(lives) == -1)
        return 1;
    semctl(set, 0, SETVAL, 0);
    if (fork() == 0) {
        close(lives[0]);
        /* Until the parent sleeps in its semop. */
        while (semctl(set, 0, GETNCNT) != 1)
            usleep(1000);
        _exit(0);
    }
    close(lives[1]);
    if (fork() == 0) {
        char none;
        /* Nothing comes, until the first child has ended. */
        if (read(lives[0], &none, 1) != 0)
            _exit(1);
        usleep(20000);
        strcpy(text, "written");
        add(set, 1);
        _exit(0);
    }
    if (add(set, -1) == -1) {
        perror("semop");
        return 1;
    }
    printf("%s\n", text);
    while (wait(NULL) > 0)
        ;
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    semctl(set, 0, IPC_RMID);
    return 0;
}
