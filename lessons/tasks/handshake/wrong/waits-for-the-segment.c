/* replaces: client.c
 * fails: in every order
 *
 * It waits until there is a segment, which is before the server has written into it, and the sleep behind that only makes
 * the bad order rare.
 */
#include <stdio.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("client: ftok");
        return 1;
    }
    int sem = semget(key, 1, IPC_CREAT | 0600);
    if (sem == -1) {
        perror("client");
        return 1;
    }
    int id;
    while ((id = shmget(key, 0, 0600)) == -1)
        usleep(10000);
    usleep(300000);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("client: shmat");
        return 1;
    }
    printf("Client: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, IPC_RMID);
    return 0;
}
