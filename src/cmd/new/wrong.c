/* fails: it removes
 *
 * It relies on the end of the process.
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, line);
    printf("%s", text);
    shmdt(text);
    return 0;
}
