/* The largest project number there is.
 *
 * 255 fits into 8 bits.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 255);
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
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(text, "hello world :)");
    puts(text);
    if (shmdt(text) == -1)
        perror("shmdt");
    if (shmctl(id, IPC_RMID, NULL) == -1)
        perror("shmctl");
    return 0;
}
