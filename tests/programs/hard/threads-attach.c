/* Eight threads attach and detach the same segment, a hundred times each, all at once.
 *
 * diagnoses: none
 * flags: -pthread
 * ends: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <sys/shm.h>

static int id;

static void *work(void *failed)
{
    for (int i = 0; i < 100; i++) {
        void *at = shmat(id, NULL, 0);
        if (at == (void *)-1 || shmdt(at) == -1)
            *(int *)failed = 1;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread[8];
    int failed[8] = {0}, all = 0;
    id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    for (int i = 0; i < 8; i++)
        if (pthread_create(&thread[i], NULL, work, &failed[i]) != 0)
            return 1;
    for (int i = 0; i < 8; i++) {
        pthread_join(thread[i], NULL);
        all += failed[i];
    }
    printf("%d threads failed\n", all);
    shmctl(id, IPC_RMID, NULL);
    return all;
}
