/* A text on the writer's heap, and only the pointer to it in the segment: the reader, another program, crashes in puts.
 *
 * diagnoses: foreign-pointer
 * ends: 1
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct entry {
    int number;
    char *name;
};

int main(int words, char **word)
{
    char id_text[16];
    if (words > 1) {
        struct entry *entry = shmat(atoi(word[1]), NULL, 0);
        puts(entry->name);
        return 0;
    }
    int status, id = shmget(IPC_PRIVATE, sizeof(struct entry), IPC_CREAT | IPC_EXCL | 0600);
    struct entry *entry = shmat(id, NULL, 0);
    if (id == -1 || entry == (void *)-1)
        return 2;
    entry->number = 7;
    entry->name = malloc(20);
    strcpy(entry->name, "seven");
    snprintf(id_text, sizeof id_text, "%d", id);
    if (fork() == 0) {
        execl("/proc/self/exe", "reader", id_text, NULL);
        _exit(2);
    }
    wait(&status);
    shmdt(entry);
    shmctl(id, IPC_RMID, NULL);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}
