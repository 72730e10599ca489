/* A mode as shmat's third argument.
 *
 * Wrong: shmat takes flags, and 0666 means nothing to it. It is ignored; a mode belongs to shmget.
 *
 * diagnoses: mode-in-shmat
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 's');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0666);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "hello world :)");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
