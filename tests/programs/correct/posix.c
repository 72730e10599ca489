/* POSIX shared memory: shm_open, ftruncate, mmap. No System V call at all.
 *
 * diagnoses: none
 * ends: 0
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char name[32];
    snprintf(name, sizeof name, "/lab-posix-%d", (int)getpid());
    int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd == -1 || ftruncate(fd, 4096) == -1) {
        perror("shm_open");
        return 1;
    }
    char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    shm_unlink(name);
    if (text == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    if (fork() == 0) {
        strcpy(text, "from the child");
        _exit(0);
    }
    wait(NULL);
    printf("Parent reads: %s\n", text);
    munmap(text, 4096);
    return 0;
}
