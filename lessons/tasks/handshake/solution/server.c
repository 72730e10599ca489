#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>

/* Changes the semaphore: +1 signals, -1 waits until it can be taken. */
static int step(int sem, short by)
{
    struct sembuf op = {0, by, 0};
    return semop(sem, &op, 1);
}

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;
    line[strcspn(line, "\n")] = '\0';

    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("server: ftok");
        return 1;
    }
    /* Whoever comes first makes both; Linux begins a new semaphore at 0. */
    int sem = semget(key, 1, IPC_CREAT | 0600);
    int id = shmget(key, 1024, IPC_CREAT | 0600);
    if (id == -1 || sem == -1) {
        perror("server");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("server: shmat");
        return 1;
    }
    strcpy(text, line);
    shmdt(text);
    if (step(sem, 1) == -1) {
        perror("server: semop");
        return 1;
    }
    return 0;
}
