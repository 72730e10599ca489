/* shmat fails, and the program looks.
 *
 * Looks like shmat-unchecked.c and is right: (void *)-1 is noticed, the segment is removed, the program stops.
 *
 * diagnoses: none
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, &id, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
