/* A semaphore set and a message queue with keys, found again by their keys and removed.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stddef.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    int sem = semget(0x5e75e7, 2, IPC_CREAT | IPC_EXCL | 0600);
    int queue = msgget(0x5e75e7, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || sem == -1 || queue == -1 || text == (char *)-1)
        return 1;
    if (semget(0x5e75e7, 2, 0600) != sem || msgget(0x5e75e7, 0600) != queue)
        return 1;
    text[0] = 'x';
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    semctl(sem, 0, IPC_RMID);
    msgctl(queue, IPC_RMID, NULL);
    return 0;
}
