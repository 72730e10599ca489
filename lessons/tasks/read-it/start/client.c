/* The client: it reads what the server has written. Five calls do it, and four of them are missing.
 *
 *     lab task check    builds both programs, runs them and says what is missing
 *     lab task hint     says a little more
 */
#include <stdio.h>
#include <sys/shm.h>

int main(void)
{
    key_t key = ftok("lab.key", 'L');
    if (key == -1) {
        perror("client: ftok");
        return 1;
    }

    /* 1. Find the segment that has this key. Don't make a new one. */

    /* 2. Attach the segment. If that fails, say so and return 1. */

    /* 3. Print the text that is in the segment, and a newline. */

    /* 4. Detach the segment. */

    /* 5. Remove the segment. */

    return 0;
}
