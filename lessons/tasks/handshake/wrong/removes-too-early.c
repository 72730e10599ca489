/* replaces: client.c
 * fails: the client starts first
 *
 * It marks the segment before the server has found it.
 */
#include <stdio.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* Changes the semaphore: +1 signals, -1 waits until it can be taken. */
static int step(int sem, short by)
{
    struct sembuf op = {0, by, 0};
    return semop(sem, &op, 1);
}

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("client: ftok");
        return 1;
    }
    int sem = semget(key, 1, IPC_CREAT | 0600);
    int id = shmget(key, 1024, IPC_CREAT | 0600);
    if (id == -1 || sem == -1) {
        perror("client");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("client: shmat");
        return 1;
    }
    shmctl(id, IPC_RMID, NULL);
    if (step(sem, -1) == -1) {
        perror("client: semop");
        return 1;
    }
    printf("Client: %s\n", text);
    shmdt(text);
    semctl(sem, 0, IPC_RMID);
    return 0;
}
