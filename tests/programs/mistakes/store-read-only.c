/* A store through an attach that was asked to be read-only.
 *
 * Wrong: SHM_RDONLY is no polite request. The store is SIGSEGV, though the segment is there and may be read.
 *
 * diagnoses: store-read-only
 * ends: SIGSEGV
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'R');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, SHM_RDONLY);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    shmctl(id, IPC_RMID, NULL);
    printf("Data read from memory: '%s'\n", text);
    fflush(stdout);
    strcpy(text, "hello world :)");
    shmdt(text);
    return 0;
}
