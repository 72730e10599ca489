/* 200,000 getppid, with the six calls around them: what a call costs that does not matter to the tracer.
 *
 * diagnoses: none
 * files: lab.key
 * ends: 0
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (key == -1 || id == -1 || text == (char *)-1) {
        perror("start");
        return 1;
    }
    for (int i = 0; i < 200000; i++)
        syscall(SYS_getppid);
    strcpy(text, "hello world :)");
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
