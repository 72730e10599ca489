/* A command that shmctl does not have.
 *
 * Wrong: 9999 is no command. glibc answers that by itself and asks nobody (see wrong-command-unseen.c), so this
 * program makes the system call directly, as an older or another C library does.
 *
 * diagnoses: wrong-command
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    int id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "hello world :)");
    puts(text);
    syscall(SYS_shmctl, id, 9999, NULL);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
