/* The byte before the first one: the text is empty, and its last character is looked for.
 *
 * diagnoses: before-segment
 * ends: SIGSEGV
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    /* An address before which nothing is mapped. */
    char *room = mmap(NULL, 3 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *text = shmat(id, room + (1 << 20), SHM_REMAP);
    if (room == MAP_FAILED || text == (char *)-1)
        return 1;
    munmap(room, 1 << 20);
    shmctl(id, IPC_RMID, NULL);
    char *end = text + strlen(text);
    return end[-1] == '\n';
}
