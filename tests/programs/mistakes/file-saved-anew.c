/* The key's file is saved by an editor between two ftok calls.
 *
 * Wrong: an editor writes a new file and renames it over the old one. Same name, same project, another inode, and
 * so another key: the second shmget finds nothing.
 *
 * diagnoses: key-changed
 * files: shmfile
 * ends: 0
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("shmfile", 65);
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }

    FILE *file = fopen("shmfile.new", "w");
    if (file == NULL || fclose(file) != 0 || rename("shmfile.new", "shmfile") == -1) {
        perror("shmfile");
        return 1;
    }

    key = ftok("shmfile", 65);
    if (key == -1) {
        perror("ftok");
        return 1;
    }
    if (shmget(key, 0, 0) == -1)
        perror("shmget");
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
