/* shmat at an address of the program's own choice, which it has kept free for that.
 *
 * Looks like shmat-unchecked.c and is right: the room was reserved before, and SHM_REMAP says to take it.
 *
 * diagnoses: none
 * ends: 0
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
    void *room = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (id == -1 || room == MAP_FAILED) {
        perror("start");
        return 1;
    }
    char *text = shmat(id, room, SHM_REMAP);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    strcpy(text, "hello world :)");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
