/* Two children add 1 to a counter, and each sleeps between its load and its store: in some orders one of the two
 * additions is lost.
 *
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(int), IPC_CREAT | 0600);
    int *count = shmat(id, NULL, 0);

    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            int seen = *count;
            usleep(1);
            *count = seen + 1;
            return 0;
        }
    }
    wait(NULL);
    wait(NULL);
    printf("count: %d\n", *count);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
