/* A segment for each task, and none removed before the end: the kernel has room for SHMMNI of them at a time.
 *
 * The limit is the machine's, and so only a remark; what the program would have done, no trace can say.
 *
 * diagnoses: limit-reached
 * verdict: cant_say
 * ends: 1
 */
#include <stdio.h>
#include <sys/shm.h>

#define TASKS 5000

int main(void)
{
    static int ids[TASKS];
    int made = 0;
    while (made < TASKS && (ids[made] = shmget(IPC_PRIVATE, 64, IPC_CREAT | 0600)) != -1)
        made++;
    if (made < TASKS)
        perror("shmget");
    for (int i = 0; i < made; i++)
        shmctl(ids[i], IPC_RMID, NULL);
    return made < TASKS;
}
