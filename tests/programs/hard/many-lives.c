/* 3,000 segments, one after the other. What follows it so closely must not change where it may run, nor how it is
 * scheduled: it looks at both before and after.
 *
 * diagnoses: none
 * ends: 0
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/shm.h>

int main(void)
{
    cpu_set_t before, after;
    int policy = sched_getscheduler(0);
    int nice = getpriority(PRIO_PROCESS, 0);
    sched_getaffinity(0, sizeof before, &before);
    for (int i = 0; i < 3000; i++) {
        int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600);
        void *at = shmat(id, NULL, 0);
        if (id == -1 || at == (void *)-1) {
            perror("life");
            return 1;
        }
        shmdt(at);
        shmctl(id, IPC_RMID, NULL);
    }
    sched_getaffinity(0, sizeof after, &after);
    return !CPU_EQUAL(&before, &after) || policy != sched_getscheduler(0) ||
           nice != getpriority(PRIO_PROCESS, 0);
}
