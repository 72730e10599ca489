/* A reader that looks at no result: where the writer has not been, shmget gives ENOENT, shmat EINVAL, and printf dies.
 *
 * ends (writer first): 0
 * ends (reader first): SIGSEGV
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'U');
    int id = shmget(key, 1024, 0600);
    char *text = shmat(id, NULL, 0);
    printf("Data read from memory: %s\n", text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
