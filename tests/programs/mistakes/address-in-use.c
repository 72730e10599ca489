/* shmat is given memory from malloc.
 *
 * Wrong: that memory is in use already, and rarely begins a page: EINVAL. The program looks, and can't go on.
 *
 * diagnoses: address-in-use
 * ends: 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *room = malloc(1024);
    char *text = shmat(id, room, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        free(room);
        return 1;
    }
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
