/* IPC_PRIVATE needs no IPC_CREAT.
 *
 * Looks like private-lookup.c and is right: both segments are meant to be new.
 *
 * diagnoses: none
 * ends: 0
 */
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    for (int i = 0; i < 2; i++) {
        int id = shmget(IPC_PRIVATE, 1024, 0600);
        char *text = shmat(id, NULL, 0);
        if (id == -1 || text == (char *)-1)
            return 1;
        strcpy(text, "hello");
        shmdt(text);
        shmctl(id, IPC_RMID, NULL);
    }
    return 0;
}
