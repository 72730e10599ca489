/* A crash that has nothing to do with shared memory: NULL is used.
 *
 * The segment was marked before, so nothing stays. The signal is the program's own affair, and no diagnosis here.
 *
 * diagnoses: none
 * verdict: cant_say
 * ends: SIGSEGV
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(int argc, char **argv)
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
    shmctl(id, IPC_RMID, NULL);
    shmdt(text);
    volatile char *nothing = argc > 1 ? argv[1] : NULL;
    *nothing = 'x';
    return 0;
}
