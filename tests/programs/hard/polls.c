/* A child waits in a loop for a number that nobody writes, and the parent for a byte from a pipe whose writing end it has
 * itself.
 *
 * Wrong: neither ever goes on. No trace sees what the loop waits for, so there is no finding, only what is read.
 *
 * diagnoses: none
 * ends: never
 */
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | IPC_EXCL | 0600);
    volatile int *numbers = shmat(id, NULL, 0);
    int ends[2];
    char byte;
    if (id == -1 || numbers == (int *)-1 || pipe(ends) == -1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    numbers[3] = 7;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        close(ends[1]);
    }
    if (child == 0)
        while (numbers[3] != 1)
            ;
    return read(ends[0], &byte, 1) != 1;
}
