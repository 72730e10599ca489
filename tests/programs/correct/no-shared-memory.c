/* A program that has nothing to do with shared memory.
 *
 * diagnoses: none
 * ends: 0
 */
#include <stdio.h>

int main(void)
{
    puts("hello");
    return 0;
}
