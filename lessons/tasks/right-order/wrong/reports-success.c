/* replaces: client.c
 * fails: client first
 *
 * It says what is wrong and returns 0.
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("client: ftok");
        return 1;
    }
    int id = shmget(key, 0, 0);
    if (id == -1) {
        perror("client: the server has not written yet");
        return 0;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("client: shmat");
        return 1;
    }
    printf("Client: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
