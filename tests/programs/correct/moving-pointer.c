/* A pointer into the segment moves along while it is written; the one that shmat gave is kept for shmdt.
 *
 * Looks like shmdt-moved-pointer.c and is right.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 27, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *start = shmat(id, NULL, 0);
    if (start == (char *)-1) {
        perror("shmat");
        return 1;
    }
    char *at = start;
    for (char letter = 'a'; letter <= 'z'; letter++)
        *at++ = letter;
    *at = '\0';
    puts(start);
    shmdt(start);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
