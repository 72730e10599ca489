/* shmget fails, and its result goes on into shmat.
 *
 * Wrong: nobody has made the segment, so shmget gives -1; the message at the end blames shmat.
 *
 * diagnoses: shmget-unchecked
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'U');
    int id = shmget(key, 1024, 0600);
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    printf("Data read from memory: %s\n", text);
    shmdt(text);
    return 0;
}
