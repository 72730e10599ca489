/* Attached, and never detached.
 *
 * Wrong: nothing breaks, since the end of a process detaches. In a program that runs on, the mapping would stay, and
 * a segment marked with IPC_RMID with it.
 *
 * diagnoses: not-detached
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'N');
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
    strcpy(text, "hello world :)");
    puts(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
