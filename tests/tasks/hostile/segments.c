/* Fills the machine's memory with segments. */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    for (;;) {
        int id = shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600);
        if (id == -1) {
            perror("shmget");
            return 1;
        }
        char *bytes = shmat(id, NULL, 0);
        memset(bytes, 1, 1 << 20);
        shmdt(bytes);
    }
}
