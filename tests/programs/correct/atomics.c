/* Two children count in one segment with atomic additions.
 *
 * Looks like unordered-writers.c and is right, and makes no system call that would show it.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdatomic.h>
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
    atomic_long *count = shmat(id, NULL, 0);
    if (count == (void *)-1) {
        perror("shmat");
        return 1;
    }
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 1000000; i++)
                atomic_fetch_add(count, 1);
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
    printf("count is %ld\n", atomic_load(count));
    shmdt(count);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
