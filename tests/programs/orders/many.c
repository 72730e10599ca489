/* It makes and removes one segment again and again, so that two of these have more orders than anybody plays; and it puts
 * a byte behind a file each time, so that a test sees that it runs.
 *
 * ends: 0
 */
#include <fcntl.h>
#include <sys/shm.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int seen = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (seen != -1 && write(seen, ".", 1) == -1)
        return 1;
    for (int turn = 0; turn < 8; turn++)
        shmctl(shmget(77, 10, IPC_CREAT | 0600), IPC_RMID, NULL);
    return 0;
}
