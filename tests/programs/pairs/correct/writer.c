/* The sheet's server as it should be: every result looked at, a segment that is surely new, nobody else's business.
 *
 * Its segment is left to the reader, which removes it. Where the reader came first, it found nothing, said so and
 * stopped; then the segment is left behind.
 *
 * diagnoses (writer first): none
 * diagnoses (reader first): reader-first, left-behind
 * files: lab.key
 * stdin: hello world :)
 * ends: 0
 * leaves (writer first): 0
 * leaves (reader first): 1
 */
#include <stdio.h>
#include <string.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("lab.key");
        return 1;
    }
    int id = shmget(key, 1024, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    char *text = shmat(id, NULL, 0);
    if (text == (char *)-1) {
        perror("shmat");
        shmctl(id, IPC_RMID, NULL);
        return 1;
    }
    printf("Server : Write data to memory: ");
    if (fgets(text, 80, stdin) == NULL)
        text[0] = '\0';
    text[strcspn(text, "\n")] = '\0';
    printf("Server : Data written to memory: %s\n", text);
    if (shmdt(text) == -1) {
        perror("shmdt");
        return 1;
    }
    return 0;
}
