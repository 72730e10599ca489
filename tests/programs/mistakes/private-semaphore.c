/* A POSIX semaphore in a segment, made for the threads of one process, and a child that posts it.
 *
 * Wrong: the post wakes nobody in another process, and the parent sleeps for ever. A tracer hands it the SIGCHLD of its
 * child, so that it looks at the semaphore again.
 *
 * diagnoses: private-lock
 * flags: -pthread
 * ends: never
 */
#include <semaphore.h>
#include <sys/shm.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct shared {
    sem_t full;
    char text[40];
};

/* Whether a process sleeps. */
static int sleeps(pid_t pid)
{
    char name[40], line[200] = "";
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return 0;
    fgets(line, sizeof line, file);
    fclose(file);
    return strstr(line, ") S ") != NULL;
}

int main(void)
{
    int id = shmget(IPC_PRIVATE, sizeof(struct shared), IPC_CREAT | IPC_EXCL | 0600);
    struct shared *shared = shmat(id, NULL, 0);
    if (id == -1 || shared == (struct shared *)-1)
        return 1;
    shmctl(id, IPC_RMID, NULL);
    sem_init(&shared->full, 0, 0);
    pid_t parent = getpid();
    if (fork() == 0) {
        while (!sleeps(parent))
            usleep(1000);
        usleep(20000);
        strcpy(shared->text, "written");
        sem_post(&shared->full);
        _exit(0);
    }
    sem_wait(&shared->full);
    puts(shared->text);
    for (;;)
        pause();
}
