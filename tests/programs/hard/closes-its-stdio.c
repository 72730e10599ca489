/* Closes its standard streams first, all three, and works on.
 *
 * diagnoses: none
 * ends: 7
 */
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    close(0);
    close(1);
    close(2);
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "nobody hears this");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 7;
}
