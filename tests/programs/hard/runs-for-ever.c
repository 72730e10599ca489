/* Waits for a flag in its segment that nobody will ever set. The segment is marked, so its end removes it.
 *
 * diagnoses: none
 * ends: never
 */
#include <stdio.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
    volatile char *flag = shmat(id, NULL, 0);
    if (id == -1 || flag == (char *)-1) {
        perror("start");
        return 1;
    }
    shmctl(id, IPC_RMID, NULL);
    puts("waiting");
    fflush(stdout);
    while (*flag == 0)
        usleep(1000);
    return 0;
}
