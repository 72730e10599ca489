/* A private semaphore set and a private message queue, and nobody removes them.
 *
 * Wrong: like a segment they outlive the program, and without a key no later program finds them.
 *
 * diagnoses: set-or-queue-left
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
    int sem = semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL | 0600);
    int queue = msgget(IPC_PRIVATE, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || sem == -1 || queue == -1 || text == (char *)-1)
        return 1;
    semctl(sem, 0, SETVAL, 1);
    text[0] = 'x';
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
