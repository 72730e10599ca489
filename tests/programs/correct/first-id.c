/* A segment whose identifier is 0, in a namespace where nothing else is.
 *
 * Looks like id-from-comparison.c and is right: 0 is what shmget returned.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id;
    if ((id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600)) < 0) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "mine");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
