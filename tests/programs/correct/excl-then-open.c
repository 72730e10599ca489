/* Create, and if somebody was faster, open.
 *
 * Parent and child do the same; one of them meets EEXIST and opens without any flags.
 *
 * diagnoses: none
 * ends: 0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int create_or_open(key_t key)
{
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 && errno == EEXIST)
        id = shmget(key, 0, 0);
    return id;
}

int main(void)
{
    key_t key = ftok(".", 'x');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = create_or_open(key);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        int same = create_or_open(key);
        char *text = shmat(same, NULL, 0);
        if (text == (char *)-1)
            _exit(1);
        strcpy(text, "from the child");
        shmdt(text);
        _exit(0);
    }
    wait(NULL);
    char *text = shmat(id, NULL, SHM_RDONLY);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    printf("Parent reads: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
