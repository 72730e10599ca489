/* Mode 066: a digit is missing, and the owner gets nothing. Root does not notice.
 *
 * diagnoses: owner-without-rights
 * ends: 1
 * ends (root): 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 066);
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
    strcpy(text, "hello");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
