/* Fills its folder. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static char block[4096];
    for (int file = 0;; file++) {
        char name[30];
        sprintf(name, "file-%d", file);
        int fd = open(name, O_CREAT | O_WRONLY, 0600);
        if (fd == -1) {
            perror("open");
            return 1;
        }
        for (int number = 0; number < 250; number++)
            if (write(fd, block, sizeof block) == -1) {
                perror("write");
                return 1;
            }
        close(fd);
    }
}
