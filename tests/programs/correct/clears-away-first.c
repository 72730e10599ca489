/* Removes what an earlier run may have left, then makes a segment that is surely new.
 *
 * Looks like shmget-unchecked.c and removed-twice.c and is right: a first shmget that fails means that nothing is
 * there, and what is removed twice are two segments.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'c');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    for (int round = 0; round < 2; round++) {
        int old = shmget(key, 0, 0);
        if (old != -1 && shmctl(old, IPC_RMID, NULL) == -1) {
            perror("an old segment");
            return 1;
        }
        int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
        if (id == -1) {
            perror("shmget");
            return 1;
        }
        char *text = shmat(id, NULL, 0);
        if (text == (char *)-1) {
            perror("shmat");
            shmctl(id, IPC_RMID, NULL);
            return 1;
        }
        strcpy(text, "hello world :)");
        shmdt(text);
        if (round == 1)
            shmctl(id, IPC_RMID, NULL);
    }
    return 0;
}
