/* A child attaches by its identifier a segment that is marked for removal.
 *
 * Not wrong on Linux, and not promised by POSIX: on other systems the child gets EINVAL.
 *
 * diagnoses: attached-after-removal
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    shmctl(id, IPC_RMID, NULL);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    if (fork() == 0) {
        char *again = shmat(id, NULL, 0);
        if (again == (char *)-1)
            _exit(1);
        strcpy(again, "from the child");
        shmdt(again);
        _exit(0);
    }
    wait(NULL);
    printf("Parent reads: %s\n", text);
    shmdt(text);
    return 0;
}
