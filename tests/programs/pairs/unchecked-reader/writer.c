/* A careful writer. Its partner, reader.c, opens rightly and looks at nothing.
 *
 * diagnoses (writer first): none
 * diagnoses (reader first): reader-first, shmget-unchecked, shmat-unchecked, left-behind
 * files: lab.key
 * ends: 0
 * leaves (writer first): 0
 * leaves (reader first): 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'U');
    if (key == -1) {
        perror("lab.key");
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
    shmdt(text);
    return 0;
}
