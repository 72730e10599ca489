/* As many calls as its argument says, and none of them matters to another process: each looks at a segment that does
 * not exist, at another one each time.
 *
 * ends: 0
 */
#include <stdlib.h>
#include <sys/shm.h>

int main(int argc, char **argv)
{
    struct shmid_ds row;
    for (int i = 0; i < (argc > 1 ? atoi(argv[1]) : 1); i++)
        shmctl(1000 + i, IPC_STAT, &row);
    return 0;
}
