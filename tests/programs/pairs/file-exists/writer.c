/* The sheet's server where the file exists: what is left is 7777, 0666 and nothing checked.
 *
 * Right by accident, if the reader comes second: 7777 is cut to 0x61 in both.
 *
 * diagnoses (writer first): project-over-8-bits, world-writable, creat-without-excl
 * diagnoses (reader first): project-over-8-bits, world-writable, creat-without-excl, reader-first, left-behind
 * files: ipc_shared_memory
 * stdin: hello world :)
 * ends: 0
 * leaves (writer first): 0
 * leaves (reader first): 1
 */
#include <stdio.h>
#include <sys/shm.h>

int main()
{
    key_t key = ftok("ipc_shared_memory", 7777);
    int id = shmget(key, 1024, 0666 | IPC_CREAT);
    char *text = (char *)shmat(id, NULL, 0);

    printf("Server : Write data to memory: ");
    fgets(text, 80, stdin);
    printf("Server : Data written to memory: %s\n", text);
    shmdt(text);
}
