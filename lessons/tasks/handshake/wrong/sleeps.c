/* replaces: client.c
 * fails: in every order
 *
 * It gives the server a second, which is enough today.
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
    sleep(1);
    printf("Client: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, IPC_RMID);
    return 0;
}
