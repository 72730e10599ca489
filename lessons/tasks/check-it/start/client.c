/* It works as long as every call does. lab makes each of them fail in turn. */
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
    char *text = shmat(id, NULL, 0);
    printf("Client: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
