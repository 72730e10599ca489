/* Every byte that was asked for, and none more.
 *
 * Looks like overrun.c and is right.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'f');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 100, IPC_CREAT | IPC_EXCL | 0600);
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
    memset(text, 'x', 99);
    text[99] = '\0';
    puts(text);
    if (shmdt(text) == -1)
        perror("shmdt");
    if (shmctl(id, IPC_RMID, NULL) == -1)
        perror("shmctl");
    return 0;
}
