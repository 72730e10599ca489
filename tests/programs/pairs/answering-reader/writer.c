/* A writer that leaves its text to a reader, which answers in the same segment before it removes it.
 *
 * diagnoses (writer first): creat-without-excl
 * diagnoses (reader first): creat-without-excl, reader-first, left-behind
 * ends: 0
 * leaves (writer first): 0
 * leaves (reader first): 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    int id = shmget(0x6c616209, 64, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "hello");
    shmdt(text);
    return 0;
}
