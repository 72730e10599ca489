/* 666 instead of 0666.
 *
 * Wrong: 666 is 01232 in octal: the 01000 in it is IPC_CREAT, and the mode is 0232, write without read for the
 * owner, who may not attach, unless it is root.
 *
 * diagnoses: decimal-mode
 * ends: 1
 * ends (root): 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'D');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 666);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(text, "only root gets here");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
