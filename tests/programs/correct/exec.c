/* A program that executes itself anew and attaches again: exec drops every attach.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

static int second(int id)
{
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    printf("after exec: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}

int main(int argc, char **argv)
{
    char number[16];
    if (argc == 2)
        return second(atoi(argv[1]));
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
    strcpy(text, "before exec");
    snprintf(number, sizeof number, "%d", id);
    execl("/proc/self/exe", argv[0], number, (char *)NULL);
    perror("exec");
    return 1;
}
