/* shmget fails, and its result goes on into shmctl.
 *
 * Wrong: this little tool removes a segment, and says "removed" whatever happened.
 *
 * diagnoses: shmget-unchecked
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'U');
    int id = shmget(key, 0, 0);
    shmctl(id, IPC_RMID, NULL);
    puts("removed");
    return 0;
}
