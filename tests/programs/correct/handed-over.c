/* Parent and child write in turns, and a byte through a pipe says whose turn it is.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

static int turns(volatile long *count, int from, int to)
{
    char byte;
    for (int i = 0; i < 5; i++) {
        if (read(from, &byte, 1) != 1)
            return 1;
        *count += 1;
        if (write(to, &byte, 1) != 1)
            return 1;
    }
    return 0;
}

int main(void)
{
    int there[2], back[2];
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || pipe(there) == -1 || pipe(back) == -1) {
        perror("start");
        return 1;
    }
    volatile long *count = shmat(id, NULL, 0);
    if (count == (long *)-1) {
        perror("shmat");
        return 1;
    }
    if (fork() == 0)
        _exit(turns(count, there[0], back[1]));
    int failed = write(back[1], "t", 1) != 1 || turns(count, back[0], there[1]);
    wait(NULL);
    printf("count is %ld\n", *count);
    shmdt((void *)count);
    shmctl(id, IPC_RMID, NULL);
    return failed;
}
