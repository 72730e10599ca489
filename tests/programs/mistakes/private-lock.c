/* A mutex in a segment, initialised as one for threads, and a child that waits for it.
 *
 * Wrong: the parent gives the mutex back, and the kernel wakes nobody, because such a wait belongs to one process. The
 * child sleeps for ever, and the parent waits for the child.
 *
 * diagnoses: private-lock
 * flags: -pthread
 * ends: never
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    pthread_mutex_t lock;
    int count;
};

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(struct shared), IPC_CREAT | IPC_EXCL | 0600);
    struct shared *shared = shmat(id, NULL, 0);
    if (id == -1 || shared == (struct shared *)-1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    pthread_mutex_init(&shared->lock, NULL);
    pthread_mutex_lock(&shared->lock);
    pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(&shared->lock);
        shared->count += 1;
        pthread_mutex_unlock(&shared->lock);
        _exit(0);
    }
    /* Until the child sleeps in the lock: its word says that somebody waits. */
    while (__atomic_load_n(&shared->lock.__data.__lock, __ATOMIC_SEQ_CST) != 2)
        usleep(1000);
    usleep(10000);
    pthread_mutex_unlock(&shared->lock);
    waitpid(child, NULL, 0);
    return 0;
}
