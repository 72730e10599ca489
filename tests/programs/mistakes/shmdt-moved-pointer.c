/* shmdt with a pointer that has moved.
 *
 * Wrong: an address inside the segment is not its address. shmdt gives EINVAL, and the program stays attached
 * until it ends.
 *
 * diagnoses: shmdt-wrong-address, not-detached
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'A');
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
    shmdt(text + strlen(text));
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
