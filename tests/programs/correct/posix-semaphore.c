/* A POSIX semaphore inside the segment, shared between two processes.
 *
 * diagnoses: none
 * flags: -pthread
 * ends: 0
 */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

struct board {
    sem_t written;
    char text[64];
};

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(struct board), IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    struct board *board = shmat(id, NULL, 0);
    if (board == (void *)-1) {
        perror("shmat");
        return 1;
    }
    sem_init(&board->written, 1, 0);
    if (fork() == 0) {
        strcpy(board->text, "from the child");
        sem_post(&board->written);
        _exit(0);
    }
    while (sem_wait(&board->written) == -1)
        ;
    printf("Parent reads: %s\n", board->text);
    wait(NULL);
    sem_destroy(&board->written);
    shmdt(board);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
