/* The sheet's client as it should be: it opens and never creates, reads only, and removes; see writer.c.
 *
 * ends (writer first): 0
 * ends (reader first): 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("lab.key");
        return 1;
    }
    int id = shmget(key, 0, 0);
    if (id == -1) {
        perror("shmget: start the server first");
        return 1;
    }
    const char *text = shmat(id, NULL, SHM_RDONLY);
    if (text == (const char *)-1) {
        perror("shmat");
        return 1;
    }
    printf("Client: Data read from memory: %s\n", text);
    if (shmdt(text) == -1 || shmctl(id, IPC_RMID, NULL) == -1) {
        perror("client");
        return 1;
    }
    return 0;
}
