/* 20,000 whole lives of a segment: create, attach, detach, remove.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    for (int i = 0; i < 20000; i++) {
        int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
        void *at = shmat(id, NULL, 0);
        if (id == -1 || at == (void *)-1) {
            perror("cycle");
            return 1;
        }
        shmdt(at);
        shmctl(id, IPC_RMID, NULL);
    }
    return 0;
}
