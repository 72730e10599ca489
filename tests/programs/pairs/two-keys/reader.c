/* Reads from a segment, whose key it has from the same path and another project number.
 *
 * Wrong: the two never meet. The reader makes a segment of its own and finds nothing in it.
 *
 * diagnoses: creat-without-excl, empty-segment
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'r');
    int id = shmget(key, 64, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    if (key == -1 || id == -1 || text == (char *)-1)
        return 1;
    printf("'%s'\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
