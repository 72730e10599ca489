/* shmat fails, and the program looks.
 *
 * Looks like shmat-unchecked.c and is right: (void *)-1 is noticed, the segment is removed, the program stops. (The
 * segment is larger than the address space that the program allows itself.)
 *
 * diagnoses: none
 * verdict: cant_say
 * ends: 1
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/shm.h>

int main(void)
{
    struct rlimit room = {64 << 20, 64 << 20};
    int id = shmget(IPC_PRIVATE, 128 << 20, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || setrlimit(RLIMIT_AS, &room) == -1) {
        perror("start");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
