/* Two children count in one segment, and a process-shared mutex in it lets one in at a time.
 *
 * diagnoses: none
 * flags: -pthread
 * ends: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct counter {
    pthread_mutex_t lock;
    long count;
};

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(struct counter), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    struct counter *counter = shmat(id, NULL, 0);
    if (counter == (void *)-1) {
        perror("shmat");
        return 1;
    }
    pthread_mutexattr_t shared;
    pthread_mutexattr_init(&shared);
    pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(&counter->lock, &shared);
    for (int child = 0; child < 2; child++) {
        if (fork() == 0) {
            for (int i = 0; i < 100000; i++) {
                pthread_mutex_lock(&counter->lock);
                counter->count += 1;
                pthread_mutex_unlock(&counter->lock);
            }
            _exit(0);
        }
    }
    wait(NULL);
    wait(NULL);
    printf("count is %ld\n", counter->count);
    shmdt(counter);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
