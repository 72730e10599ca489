/* shmat fails, and its result is used as an address.
 *
 * Wrong: shmat is given an address from malloc, where memory is in use already: EINVAL, and what comes back is
 * (void *)-1, not NULL. strcpy to that address is SIGSEGV. The program dies before it could remove its segment.
 *
 * diagnoses: address-in-use, shmat-unchecked, never-destroyed
 * ends: SIGSEGV
 * leaves: 1
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'T');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = malloc(1024);
    text = shmat(id, text, 0);
    if (text == NULL) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "hello world :)");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
