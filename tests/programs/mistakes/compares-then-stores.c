/* The precedence slip where the segment's identifier is 0, as the first one of a namespace is.
 *
 * Wrong: what is stored is the comparison, and it is 0 as well.
 *
 * diagnoses: id-from-comparison
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id;
    if (id = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600) < 0) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1)
        return 1;
    strcpy(text, "word");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
