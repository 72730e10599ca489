/* A client as the sheet has it. Started after the server, it works. Run it before the server: it prints an empty line,
 * reports success, and no program reads the server's message.
 *
 * Mend it: a client that comes first says so and stops. `lab task check` tries both orders.
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    int id = shmget(key, 1024, 0600 | IPC_CREAT);
    char *text = shmat(id, NULL, 0);

    printf("Client: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
