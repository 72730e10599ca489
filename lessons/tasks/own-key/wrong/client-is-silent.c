/* replaces: client.c
 * fails: without lab.key the client
 *
 * It stops without a word.
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        return 1;
    }
    int id = shmget(key, 0, 0);
    if (id == -1) {
        perror("client: the server has not written yet");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("client: shmat");
        return 1;
    }
    printf("Client: %s\n", text);
    shmdt(text);
    if (shmctl(id, IPC_RMID, NULL) == -1) {
        perror("client: shmctl");
        return 1;
    }
    return 0;
}
