/* What the student begins with: it compiles, and at least one check fails. */
#include <stdio.h>

int main(void)
{
    char line[80];
    if (fgets(line, sizeof line, stdin) == NULL)
        return 1;

    /* 1. Make a segment. If that fails, say so and return 1. */

    /* 2. Attach it, write the line into it and print it from there. */

    /* 3. Detach and remove it. */

    return 0;
}
