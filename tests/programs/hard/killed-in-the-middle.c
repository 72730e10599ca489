/* Is killed with SIGKILL between shmat and shmdt, by its own hand, so that the moment is always the same.
 *
 * diagnoses: left-behind
 * verdict: cant_say
 * ends: SIGKILL
 * leaves: 1
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

int main(void)
{
    key_t key = ftok(".", 'k');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (id == -1 || text == (char *)-1) {
        perror("start");
        return 1;
    }
    strcpy(text, "half a sen");
    kill(getpid(), SIGKILL);
    shmdt(text);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
