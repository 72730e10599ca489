/* 1,000,000 writes of one byte to /dev/null, and no shared memory at all.
 *
 * diagnoses: none
 * ends: 0
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int fd = open("/dev/null", O_WRONLY);
    for (int i = 0; i < 1000000; i++)
        if (write(fd, "x", 1) != 1) {
            perror("write");
            return 1;
        }
    return 0;
}
