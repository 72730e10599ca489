/* A reader that makes its segment itself, because its writer has not run yet.
 *
 * Wrong: with IPC_CREAT it can't tell. It reads an empty segment, removes it, and calls it a success.
 *
 * diagnoses: creat-without-excl, empty-segment
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'r');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    printf("Data read from memory: '%s'\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
