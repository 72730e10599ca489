/* The sheet's server, as the sheet's idea has it: no file, 7777, 0666, nothing checked.
 *
 * Right by accident, if the reader comes second: both go on with key 0xffffffff, and the text arrives.
 *
 * diagnoses (writer first): missing-file, key-minus-one, project-over-8-bits, world-writable, creat-without-excl
 * diagnoses (reader first): missing-file, key-minus-one, project-over-8-bits, world-writable, creat-without-excl, reader-first, left-behind
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
