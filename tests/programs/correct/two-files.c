/* Two files, two keys, two segments.
 *
 * Looks like twin-files.c and is right.
 *
 * diagnoses: none
 * files: orders.key billing.key
 * ends: 0
 */
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void)
{
    const char *file[2] = {"orders.key", "billing.key"};
    key_t key[2];
    int id[2];
    for (int i = 0; i < 2; i++) {
        key[i] = ftok(file[i], 'K');
        if (key[i] == -1)
            return 1;
        id[i] = shmget(key[i], 64, IPC_CREAT | IPC_EXCL | 0600);
        char *text = shmat(id[i], NULL, 0);
        if (id[i] == -1 || text == (char *)-1)
            return 1;
        strcpy(text, file[i]);
        shmdt(text);
    }
    shmctl(id[0], IPC_RMID, NULL);
    shmctl(id[1], IPC_RMID, NULL);
    return 0;
}
