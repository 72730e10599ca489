/* A key that was never set is 0, which is IPC_PRIVATE: the look-up makes a second segment and removes that.
 *
 * diagnoses: private-lookup, never-destroyed
 * ends: 0
 * leaves: 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

static key_t key;

int main(void)
{
    int id = shmget(key, 1024, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    strcpy(text, "hello");
    shmdt(text);
    id = shmget(key, 1024, 0600);
    return shmctl(id, IPC_RMID, NULL) == -1;
}
