/* Prints what moves a terminal's cursor. */
#include <stdio.h>

int main(void)
{
    fprintf(stderr, "\033[2J\n");
    return 1;
}
