/* Writes every byte there is to standard output and to standard error, escape sequences among them.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    unsigned char all[256];
    int id = shmget(IPC_PRIVATE, 256, IPC_CREAT | IPC_EXCL | 0600);
    unsigned char *bytes = shmat(id, NULL, 0);
    if (id == -1 || bytes == (unsigned char *)-1) {
        perror("start");
        return 1;
    }
    for (int i = 0; i < 256; i++)
        all[i] = bytes[i] = i;
    if (write(1, all, sizeof all) != sizeof all || write(2, bytes, sizeof all) != sizeof all)
        return 1;
    shmdt(bytes);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
