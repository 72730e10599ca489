/* A loop that runs past the segment's last page.
 *
 * Wrong: the segment is one page, and the loop goes on. What lies behind a segment is luck; here it is a page that
 * nobody may touch, so the first byte past the end is SIGSEGV every time.
 *
 * diagnoses: store-past-page
 * ends: SIGSEGV
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    void *room = mmap(NULL, 2 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    char *text = shmat(id, room, SHM_REMAP);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    shmctl(id, IPC_RMID, NULL);
    for (int i = 0; i <= 4096; i++)
        text[i] = 'x';
    shmdt(text);
    return 0;
}
