/* It writes and wakes no process. A semaphore could wake the client. */
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    line[strcspn(line, "\n")] = '\0';

    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("server: ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | 0600);
    if (id == -1) {
        perror("server");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("server: shmat");
        return 1;
    }
    strcpy(text, line);
    shmdt(text);
    return 0;
}
