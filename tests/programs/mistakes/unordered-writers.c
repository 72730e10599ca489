/* Two children count in one segment, and nothing makes them take turns.
 *
 * Wrong: each += reads, adds and writes, and between its read and its write the other may write. The sum comes out
 * too small, or right by luck.
 *
 * diagnoses: unordered-writers
 * verdict: cant_say
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(long), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    volatile long *count = shmat(id, NULL, 0);
    if (count == (long *)-1) {
        perror("shmat");
        return 1;
    }
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 20000000; i++)
                *count += 1;
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
    printf("count is %s 40000000\n", *count <= 40000000 ? "at most" : "over");
    shmdt((void *)count);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
