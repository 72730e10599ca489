/* segment KEY SIZE: makes a new segment with this key, which must be free, and prints its identifier. Nobody
 * removes it here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/shm.h>

int main(int count, char **words)
{
	int id;

	if (count != 3) {
		fputs("segment KEY SIZE\n", stderr);
		return 125;
	}
	id = shmget((key_t)strtoul(words[1], NULL, 0), strtoul(words[2], NULL, 0), IPC_CREAT | IPC_EXCL | 0600);
	if (id == -1) {
		perror("segment: shmget");
		return 1;
	}
	printf("%d\n", id);
	return 0;
}
