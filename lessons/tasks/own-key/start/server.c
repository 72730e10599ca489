/* The sheet's server. It works, and its key is -1: why, and what should it do? */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL) {
        fprintf(stderr, "server: there is nothing to write\n");
        return 1;
    }
    line[strcspn(line, "\n")] = '\0';

    key_t key = ftok("ipc_shared_memory", 7777);
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("server: shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("server: shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(text, line);
    shmdt(text);
    return 0;
}
