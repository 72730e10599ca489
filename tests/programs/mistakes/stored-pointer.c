/* A pointer into the segment, stored in the segment, and used by another process.
 *
 * Wrong: the child has the segment at another address, where the parent's pointer leads nowhere. An offset would be
 * right in both. (The child attaches at an address of its own choice, so that it differs every time.)
 *
 * diagnoses: foreign-pointer
 * ends: 1
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROOM (16 << 20)

struct board {
    char *text;
    char store[64];
};

static void child(int id, int go)
{
    char byte;
    if (read(go, &byte, 1) != 1)
        _exit(1);
    char *room = mmap(NULL, ROOM, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct board *board = shmat(id, room, SHM_REMAP);
    if (room == MAP_FAILED || board == (void *)-1)
        _exit(1);
    munmap(room + 4096, ROOM - 4096);
    printf("Child reads: %s\n", board->text);
    shmdt(board);
    _exit(0);
}

int main(void)
{
    int go[2], status;
    int id = shmget(IPC_PRIVATE, sizeof(struct board), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || pipe(go) == -1) {
        perror("start");
        return 1;
    }
    if (fork() == 0)
        child(id, go[0]);
    struct board *board = shmat(id, NULL, 0);
    if (board == (void *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(board->store, "from the parent");
    board->text = board->store;
    if (write(go[1], "g", 1) != 1)
        return 1;
    wait(&status);
    shmdt(board);
    shmctl(id, IPC_RMID, NULL);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}
