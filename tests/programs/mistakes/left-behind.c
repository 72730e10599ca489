/* A writer that ends and leaves its segment to somebody who may come, or may not.
 *
 * Not sure to be wrong: a reader can find the segment by its key and remove it. If there is none, it stays.
 *
 * diagnoses: left-behind
 * ends: 0
 * leaves: 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'B');
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
    printf("Data written to memory: %s\n", text);
    shmdt(text);
    return 0;
}
