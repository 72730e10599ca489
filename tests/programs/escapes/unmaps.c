/* Ends attaches in ways that no trace stops at, one a word. Without a word it does nothing.
 *
 * diagnoses: none
 * ends: 0
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE (3 * 4096)

int main(int words, char **word)
{
    const char *way = words > 1 ? word[1] : "";
    if (!*way)
        return 0;
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    int id = shmget(IPC_PRIVATE, SIZE, IPC_CREAT | 0600);
    char *at = shmat(id, NULL, 0);
    char *free_place = mmap(NULL, 8 * SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    shmctl(id, IPC_RMID, NULL);
    if (!strcmp(way, "moves")) {
        char *to = mremap(at, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, free_place);
        shmdt(at);
        shmdt(to);
    } else if (!strcmp(way, "moves-and-ends")) {
        mremap(at, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, free_place);
    } else if (!strcmp(way, "unmaps-part")) {
        munmap(at, 4096);
        shmdt(at);
    } else if (!strcmp(way, "keeps-from-child")) {
        madvise(at, SIZE, MADV_DONTFORK);
        if (fork() == 0)
            _exit(0);
        wait(NULL);
        shmdt(at);
    } else if (!strcmp(way, "remaps-pages")) {
        if (remap_file_pages(at, 4096, 0, 1, 0) != 0)
            return 1;
        shmdt(at);
    } else {
        /* From here on nothing of it is left. Another attach keeps the segment. */
        shmat(id, free_place + SIZE, SHM_REMAP);
        if (strstr(way, "covers"))
            mmap(at, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        else
            munmap(at, SIZE);
        if (!strcmp(way, "unmaps-and-detaches"))
            shmdt(at);
        if (!strcmp(way, "unmaps-and-attaches"))
            shmdt(shmat(id, NULL, 0));
        if (!strcmp(way, "unmaps-and-forks")) {
            if (fork() == 0)
                _exit(0);
            wait(NULL);
        }
        if (!strcmp(way, "unmaps-and-touches") || !strcmp(way, "covers-and-touches"))
            *(volatile char *)at = 1;
        shmdt(free_place + SIZE);
    }
    return 0;
}
