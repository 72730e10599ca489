/* As many calls as its argument says, and each matters to each of another process: each makes a segment, and the next
 * one gets another identifier. They are left behind.
 *
 * ends: 0
 * leaves: 1
 */
#include <stdlib.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
    for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); i++)
        shmget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
    return 0;
}
