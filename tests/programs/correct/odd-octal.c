/* Mode 0620, written in octal.
 *
 * An unusual mode and no decimal number: the owner may read and write, the group may write.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'o');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0620);
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
