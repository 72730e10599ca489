/* The sheet's pair as it should be, both at work at the same time: a semaphore says that the message is written, a
 * second one that it has been read, and the server removes what it has made. The client is a program of its own
 * (this one, executed anew) and finds both by their key.
 *
 * diagnoses: none
 * ends: 0
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITTEN, READ };

static int step(int sem, unsigned short which, short by)
{
    struct sembuf op = {which, by, 0};
    int done;
    while ((done = semop(sem, &op, 1)) == -1 && errno == EINTR)
        ;
    return done;
}

static int client(key_t key)
{
    int id = shmget(key, 0, 0);
    int sem = semget(key, 2, 0);
    if (id == -1 || sem == -1) {
        perror("client: start the server first");
        return 1;
    }
    const char *text = shmat(id, NULL, SHM_RDONLY);
    if (text == (const char *)-1 || step(sem, WRITTEN, -1) == -1) {
        perror("client");
        return 1;
    }
    printf("Client: Data read from memory: %s\n", text);
    fflush(stdout);
    if (shmdt(text) == -1)
        perror("shmdt");
    return step(sem, READ, 1) == -1;
}

static int server(key_t key, char *own)
{
    int status = 1;
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    int sem = semget(key, 2, IPC_CREAT | IPC_EXCL | 0600);
    char *text = shmat(id, NULL, 0);
    if (sem == -1 || text == (char *)-1) {
        perror("server");
    } else {
        pid_t pid = fork();
        if (pid == 0) {
            execl("/proc/self/exe", own, "client", (char *)NULL);
            _exit(127);
        }
        strcpy(text, "hello world :)");
        if (pid > 0 && step(sem, WRITTEN, 1) == 0 && step(sem, READ, -1) == 0)
            waitpid(pid, &status, 0);
        shmdt(text);
    }
    shmctl(id, IPC_RMID, NULL);
    if (sem != -1)
        semctl(sem, 0, IPC_RMID);
    return status != 0;
}

int main(int argc, char **argv)
{
    key_t key = ftok(".", 'L');
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    return argc == 2 ? client(key) : server(key, argv[0]);
}
