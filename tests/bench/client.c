/* The client of the lab sheet as it should be: it finds the segment, reads it and removes it. */
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void)
{
	key_t key = ftok("lab.key", 'L');
	if (key == -1) {
		perror("ftok");
		return 1;
	}
	int id = shmget(key, 1024, 0600);
	if (id == -1) {
		perror("shmget");
		return 1;
	}
	char *q = shmat(id, NULL, 0);
	if (q == (void *) -1) {
		perror("shmat");
		return 1;
	}
	puts(q);
	if (shmdt(q) == -1) {
		perror("shmdt");
		return 1;
	}
	struct shmid_ds ds;
	if (shmctl(id, IPC_STAT, &ds) == -1 || shmctl(id, IPC_RMID, NULL) == -1) {
		perror("shmctl");
		return 1;
	}
	return 0;
}
