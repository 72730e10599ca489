/* Writes into a segment, whose key it has from a path and a project number.
 *
 * diagnoses: creat-without-excl, left-behind
 * diagnoses (writer first): creat-without-excl, empty-segment, left-behind
 * diagnoses (reader first): creat-without-excl, empty-segment, left-behind
 * verdict (writer first): cant_say
 * verdict (reader first): cant_say
 * leaves: 1
 * ends: 0
 */
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'w');
    int id = shmget(key, 64, IPC_CREAT | 0600);
    char *text = shmat(id, NULL, 0);
    if (key == -1 || id == -1 || text == (char *)-1)
        return 1;
    strcpy(text, "word");
    return shmdt(text) == -1;
}
