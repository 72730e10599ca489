/* What stands in the segment are offsets, which mean the same in every process.
 *
 * Looks like pointer-to-heap.c and is right. Reader and writer are two programs.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct entry {
    long name;
    char store[64];
};

int main(int words, char **word)
{
    char id_text[16];
    if (words > 1) {
        struct entry *entry = shmat(atoi(word[1]), NULL, SHM_RDONLY);
        if (entry == (void *)-1)
            return 1;
        puts((char *)entry + entry->name);
        shmdt(entry);
        return 0;
    }
    int status, id = shmget(IPC_PRIVATE, sizeof(struct entry), IPC_CREAT | IPC_EXCL | 0600);
    struct entry *entry = shmat(id, NULL, 0);
    if (id == -1 || entry == (void *)-1)
        return 2;
    strcpy(entry->store, "seven");
    entry->name = entry->store - (char *)entry;
    snprintf(id_text, sizeof id_text, "%d", id);
    if (fork() == 0) {
        execl("/proc/self/exe", "reader", id_text, NULL);
        _exit(2);
    }
    wait(&status);
    shmdt(entry);
    shmctl(id, IPC_RMID, NULL);
    return WEXITSTATUS(status);
}
