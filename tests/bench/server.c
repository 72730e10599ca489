/* The server of the lab sheet as it should be: it makes the segment, writes into it and ends. */
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void)
{
	key_t key = ftok("lab.key", 'L');
	if (key == -1) {
		perror("ftok");
		return 1;
	}
	int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
	if (id == -1) {
		perror("shmget");
		return 1;
	}
	char *p = shmat(id, NULL, 0);
	if (p == (void *) -1) {
		perror("shmat");
		return 1;
	}
	strcpy(p, "hello world :)");
	if (shmdt(p) == -1) {
		perror("shmdt");
		return 1;
	}
	return 0;
}
