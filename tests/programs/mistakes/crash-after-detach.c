/* Writing through a pointer whose segment has been detached.
 *
 * Wrong: after shmdt nothing is mapped at that address any more. The kernel sends SIGSEGV.
 *
 * diagnoses: crash-after-detach
 * ends: SIGSEGV
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'C');
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
    fflush(stdout);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    strcpy(text, "one more thing");
    return 0;
}
