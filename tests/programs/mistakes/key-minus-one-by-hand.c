/* The key is -1, and before it a file was looked for in vain, by another function than ftok.
 *
 * Wrong: nobody has computed the key. The missing file has nothing to do with it, and must not be blamed.
 *
 * diagnoses: key-minus-one
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/stat.h>

int main(void)
{
    struct stat st;
    key_t key = -1;
    if (stat("settings", &st) == 0)
        puts("settings are not read yet");
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
    strcpy(text, "which key was that?");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
