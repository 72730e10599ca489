/* The reader, which makes the segment itself where it comes first; see writer.c.
 *
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(0x6c616209, 64, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    printf("got '%s'\n", text);
    strcpy(text, "thanks");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
