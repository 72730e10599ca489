/* Two files, one key: of the inode ftok takes 16 bits only, and these two have the same.
 *
 * Wrong: two services that take care to have a file each share one segment all the same.
 *
 * diagnoses: twin-files
 * ends: 0
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

static unsigned inode(const char *path)
{
    struct stat about;
    int fd = open(path, O_CREAT | O_RDWR, 0600);
    fstat(fd, &about);
    close(fd);
    return about.st_ino & 0xffff;
}

int main(void)
{
    char first[64], second[64];
    snprintf(first, sizeof first, "/dev/shm/lab-twin-%d-a", getpid());
    snprintf(second, sizeof second, "/dev/shm/lab-twin-%d-b", getpid());
    unsigned wanted = inode(first);
    for (int i = 0; i < 1 << 18 && inode(second) != wanted; i++)
        unlink(second);
    int one = shmget(ftok(first, 'T'), 100, IPC_CREAT | IPC_EXCL | 0600);
    int other = shmget(ftok(second, 'T'), 100, 0600);
    char *text = shmat(one, NULL, 0);
    snprintf(text, 100, "the first service's");
    shmdt(text);
    text = shmat(other, NULL, 0);
    printf("the second service reads: %s\n", text);
    shmdt(text);
    shmctl(one, IPC_RMID, NULL);
    unlink(first);
    unlink(second);
    return 0;
}
