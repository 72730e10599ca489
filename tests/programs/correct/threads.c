/* Two threads of one process share an attach: one shmat, one shmdt, one nattch.
 *
 * diagnoses: none
 * flags: -pthread
 * ends: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

static void *writer(void *text)
{
    strcpy(text, "from a thread");
    return NULL;
}

int main(void)
{
    pthread_t thread;
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    if (pthread_create(&thread, NULL, writer, text) != 0 || pthread_join(thread, NULL) != 0)
        return 1;
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
