/* A pointer that goes through an int.
 *
 * Wrong: an address has 64 bits and an int has 32. What is left of it is the address of nothing: SIGSEGV.
 *
 * diagnoses: pointer-in-int
 * ends: SIGSEGV
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    int address = (int)(long)shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    if (address == -1) {
        perror("shmat");
        return 1;
    }
    char *text = (char *)(long)address;
    strcpy(text, "hello world :)");
    puts(text);
    shmdt(text);
    return 0;
}
