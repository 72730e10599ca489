/* A command that shmctl does not have.
 *
 * Wrong: 9999 is no command: EINVAL, which nobody sees.
 *
 * diagnoses: wrong-command
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "hello world :)");
    puts(text);
    shmctl(id, 9999, NULL);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
