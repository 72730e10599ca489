/* shmctl with IPC_CREAT where the command belongs.
 *
 * Wrong: 01000 is a flag of shmget and no command. Nothing is removed, and no call fails loudly.
 *
 * diagnoses: wrong-command, never-destroyed
 * ends: 0
 * leaves: 1
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
    shmdt(text);
    shmctl(id, IPC_CREAT, NULL);
    return 0;
}
