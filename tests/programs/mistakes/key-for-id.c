/* shmctl with the key in place of the identifier.
 *
 * Wrong: the key is not the id. shmctl gives EINVAL, nobody looks, and the segment stays.
 *
 * diagnoses: key-for-id, never-destroyed
 * ends: 0
 * leaves: 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'K');
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
    shmdt(text);
    shmctl(key, IPC_RMID, NULL);
    return 0;
}
