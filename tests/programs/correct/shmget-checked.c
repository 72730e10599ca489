/* shmget fails, and the program looks.
 *
 * Looks like shmget-unchecked.c and is right: there is no segment, it says so and stops.
 *
 * diagnoses: none
 * verdict: cant_say
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'U');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 0, 0);
    if (id == -1) {
        perror("shmget: start the writer first");
        return 1;
    }
    char *text = shmat(id, NULL, SHM_RDONLY);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    puts(text);
    shmdt(text);
    return 0;
}
