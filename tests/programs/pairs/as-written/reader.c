/* The sheet's client, as the sheet's idea has it; see writer.c.
 *
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main()
{
    key_t key = ftok("ipc_shared_memory", 7777);
    int id = shmget(key, 1024, 0666 | IPC_CREAT);
    char *text = (char *)shmat(id, NULL, 0);

    printf("Client : Reading data from memory\n");
    printf("Client: Data read from memory: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
}
