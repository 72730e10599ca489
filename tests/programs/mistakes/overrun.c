/* A text longer than the segment, and shorter than its page.
 *
 * Wrong: 32 bytes were asked for and more are written. A segment comes in whole pages, so nothing fails here; one
 * page further it would.
 *
 * diagnoses: overrun
 * ends: 0
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok(".", 'O');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 32, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        return 1;
    }
    strcpy(text, "this text is quite a bit longer than the thirty-two bytes it was given");
    puts(text);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
