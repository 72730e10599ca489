/* Hands its address to the program that its child becomes.
 *
 * Wrong: exec ends every attachment, and only an identifier could be handed over.
 *
 * diagnoses: crash-after-exec
 * ends: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char *text;
    if (argc > 1) {
        text = (char *)strtoul(argv[1], NULL, 16);
        return text[0] != 'w';
    }
    int id = shmget(IPC_PRIVATE, 64, IPC_CREAT | IPC_EXCL | 0600);
    text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "word");
    if (fork() == 0) {
        char address[32];
        snprintf(address, sizeof address, "%lx", (unsigned long)text);
        execl("/proc/self/exe", argv[0], address, NULL);
        _exit(1);
    }
    wait(NULL);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
