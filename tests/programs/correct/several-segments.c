/* Three segments at once, each made, used, detached and removed.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    int id[3];
    char *text[3];
    for (int i = 0; i < 3; i++) {
        key_t key = ftok(".", '1' + i);
        if (key == -1) {
            perror("ftok");
            return 1;
        }
        id[i] = shmget(key, 100 * (i + 1), IPC_CREAT | IPC_EXCL | 0600);
        if (id[i] == -1) {
            perror("shmget");
            return 1;
        }
        text[i] = shmat(id[i], NULL, 0);
        if (text[i] == (char *)-1) {
            perror("shmat");
            return 1;
        }
        sprintf(text[i], "segment %d", i + 1);
    }
    for (int i = 2; i >= 0; i--) {
        puts(text[i]);
        shmdt(text[i]);
        shmctl(id[i], IPC_RMID, NULL);
    }
    return 0;
}
