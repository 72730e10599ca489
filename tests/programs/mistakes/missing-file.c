/* ftok's file does not exist, and nobody looks.
 *
 * Wrong: "shmfile" is not in this folder, so ftok gives -1, and shmget gets 0xffffffff, which is a good key.
 * Everything works, with a key that every program with this mistake shares.
 *
 * diagnoses: missing-file, key-minus-one
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("shmfile", 65);
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
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
