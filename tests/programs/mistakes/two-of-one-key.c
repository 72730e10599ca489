/* One key, two segments: the parent keeps the removed one, and the child makes another with the same key.
 *
 * Wrong: after IPC_RMID the key is free. Both processes work, no call fails, and they do not talk to each other.
 *
 * diagnoses: split-key
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    key_t key = ftok(".", '2');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "the old one");
    shmctl(id, IPC_RMID, NULL);
    if (fork() == 0) {
        shmdt(text);
        id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
        text = shmat(id, NULL, 0);
        if (id == -1 || text == (char *)-1)
            _exit(1);
        strcpy(text, "the new one");
        shmdt(text);
        shmctl(id, IPC_RMID, NULL);
        _exit(0);
    }
    wait(NULL);
    printf("Parent reads: %s\n", text);
    shmdt(text);
    return 0;
}
