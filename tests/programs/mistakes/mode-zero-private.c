/* IPC_PRIVATE, and 0 for the flags.
 *
 * Wrong: 0 is the mode as well. IPC_PRIVATE makes the segment without IPC_CREAT, and nobody but root may attach it.
 *
 * diagnoses: mode-zero
 * ends: 1
 * ends (root): 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, 0);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(text, "only root gets here");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
