/* replaces: client.c
 * fails: client first
 *
 * It waits for a server that may never come.
 */
#include <stdio.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("client: ftok");
        return 1;
    }
    int id;
    while ((id = shmget(key, 0, 0)) == -1)
        usleep(1000);
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
