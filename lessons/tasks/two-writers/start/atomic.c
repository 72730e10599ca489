/* The same without a semaphore: what has to change about the number, and about add()? */
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
    volatile int go;
    long count;
};

/* What a real program computes between its look at the number and its store. */
static void compute(void)
{
    for (volatile int turn = 0; turn < 1500; turn++)
        ;
}

static void add(struct shared *shared)
{
    long old = shared->count;
    compute();
    shared->count = old + 1;
}

int main(void)
{
    long rounds;
    if (scanf("%ld", &rounds) != 1)
        return 1;
    int id = shmget(IPC_PRIVATE, sizeof(struct shared), IPC_CREAT | 0600);
    struct shared *shared = id == -1 ? (void *)-1 : shmat(id, NULL, 0);
    if (shared == (void *)-1) {
        perror("segment");
        return 1;
    }
    for (int child = 0; child < 2; child++)
        if (fork() == 0) {
            while (!shared->go)
                ;
            for (long round = 0; round < rounds; round++)
                add(shared);
            _exit(0);
        }
    shared->go = 1;
    while (wait(NULL) > 0)
        ;
    printf("%ld\n", (long)shared->count);
    shmdt(shared);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
