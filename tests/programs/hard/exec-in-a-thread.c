/* A thread that is not the first executes a new program: the kernel ends all others, and the pid becomes its own.
 *
 * diagnoses: none
 * flags: -pthread
 * ends: 0
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>
#include <unistd.h>

static int id;

static void *goes_on(void *name)
{
    char number[16];
    snprintf(number, sizeof number, "%d", id);
    execl("/proc/self/exe", name, number, (char *)NULL);
    perror("exec");
    exit(1);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc == 2) {
        puts("after exec");
        return shmctl(atoi(argv[1]), IPC_RMID, NULL) == -1;
    }
    id = shmget(IPC_PRIVATE, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1 || pthread_create(&thread, NULL, goes_on, argv[0]) != 0) {
        perror("start");
        return 1;
    }
    pthread_join(thread, NULL);
    return 1;
}
