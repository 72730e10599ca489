/* One story in three calls: shmget fails, shmat gets its -1 and fails, strcpy gets shmat's -1 and dies.
 *
 * Wrong: the cause is the first line, a segment that nobody has made; what is seen is the last, SIGSEGV.
 *
 * diagnoses: shmget-unchecked, shmat-unchecked
 * ends: SIGSEGV
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'F');
    int id = shmget(key, 1024, 0600);
    char *text = shmat(id, NULL, 0);
    strcpy(text, "hello world :)");
    puts(text);
    shmdt(text);
    return 0;
}
