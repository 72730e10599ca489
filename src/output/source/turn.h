/* turn.h: how the programs of this lesson take turns.

   In the lesson one program makes a few calls, then another, then the first
   one goes on. The kernel does not put programs in an order, so they have to
   do it themselves:

   - The file turn.txt holds the number of the step that comes next, and each
     program waits until that number is one of its own. Type `cat turn.txt` in
     another terminal to see whose turn it is.
   - A program that has the turn holds a lock on the file. The kernel takes the
     lock away when the process ends, also when it crashes. So the next program
     never begins before this one is gone.
   - A value that another program needs, such as an identifier, goes into a
     file of its own, value.id.

   play.sh starts the programs and writes the first number. You can do that too:
   start each program in a terminal of its own, and type the number of the first
   step and a 0: echo "1 0" >turn.txt. What play.sh does between two steps, such
   as making a file, you type when its turn comes, and then the next number. */

#ifndef TURN_H
#define TURN_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int turn_file = -1; /* turn.txt, as long as this process has the turn */
static int owes_a_step;    /* whether the others wait for this process */

/* Writes which step comes next, and which process has to be asleep before. */
static inline void write_turn(int step, int sleeper)
{
    char line[40];
    int length = snprintf(line, sizeof line, "%d %d\n", step, sleeper);
    if (ftruncate(turn_file, 0) == -1 || pwrite(turn_file, line, length, 0) != length)
        perror("turn.txt");
}

/* Whether another program has failed: then step 0 is next, which never comes. */
static inline int is_over(void)
{
    char line[40] = "";
    int next = -1;
    return pread(turn_file, line, sizeof line - 1, 0) > 0 && sscanf(line, "%d", &next) == 1 && next == 0;
}

/* Ends all programs if this one fails before it has made its steps. */
static inline void end_all(void)
{
    if (!owes_a_step)
        return;
    if (turn_file == -1)
        turn_file = open("turn.txt", O_RDWR | O_CLOEXEC);
    if (turn_file != -1)
        write_turn(0, 0);
}

/* Whether a process sleeps in a call, or is gone. */
static inline int is_asleep(int pid)
{
    char path[40], line[400] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    int file = open(path, O_RDONLY);
    if (file == -1)
        return 1;
    if (read(file, line, sizeof line - 1) == -1)
        perror(path);
    close(file);
    char *name_end = strrchr(line, ')'); /* the state's letter stands behind it */
    return name_end == NULL || name_end[2] == 'S' || name_end[2] == 'Z';
}

/* Waits until this step comes next. */
static inline void my_turn(int step)
{
    static int prepared;
    if (!prepared)
        atexit(end_all);
    prepared = 1;
    if (turn_file != -1)
        close(turn_file); /* fork() has given the child its parent's */
    for (;;) {
        char line[40] = "";
        int next = -1, sleeper = 0;
        owes_a_step = 0;
        turn_file = open("turn.txt", O_RDWR | O_CLOEXEC);
        if (turn_file == -1) {
            perror("turn.txt, which play.sh makes");
            exit(1);
        }
        if (flock(turn_file, LOCK_EX) == -1 || read(turn_file, line, sizeof line - 1) == -1)
            perror("turn.txt");
        owes_a_step = sscanf(line, "%d %d", &next, &sleeper) >= 1 && next == step;
        if (owes_a_step && (sleeper == 0 || is_asleep(sleeper)))
            return;
        close(turn_file);
        turn_file = -1;
        if (next == 0) {
            fprintf(stderr, "another program has failed, so this one ends too\n");
            exit(1);
        }
        usleep(1000);
    }
}

/* Lets the program go on whose step this is. */
static inline void pass_turn(int step)
{
    write_turn(step, 0);
    owes_a_step = 0;
    flock(turn_file, LOCK_UN);
    close(turn_file);
    turn_file = -1;
}

/* The same before execl(). If that fails, nobody makes the next step: this
   process still owes it, and end_all() says so. */
static inline void pass_turn_to_execl(int step)
{
    pass_turn(step);
    owes_a_step = 1;
}

/* The same before a call that sleeps: the other program waits until it does. */
static inline void pass_turn_asleep(int step)
{
    write_turn(step, getpid());
    flock(turn_file, LOCK_UN);
    close(turn_file);
    turn_file = -1;
}

/* Says after the call of this step that it sleeps no more. */
static inline void awake(int step)
{
    char path[40];
    snprintf(path, sizeof path, "awake.%d", step);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    if (file == -1) {
        perror(path);
        exit(1);
    }
    close(file);
    owes_a_step = 0;
}

/* Waits for that. */
static inline void wait_until_awake(int step)
{
    char path[40];
    snprintf(path, sizeof path, "awake.%d", step);
    while (access(path, F_OK) == -1) {
        if (is_over())
            exit(1);
        usleep(1000);
    }
}

/* The same before this process ends: the other program waits until it has. */
static inline void pass_turn_at_the_end(int step)
{
    write_turn(step, 0);
    owes_a_step = 0;
}

/* Writes down a value for other programs. */
static inline void tell(const char *name, long value)
{
    char path[80];
    snprintf(path, sizeof path, "value.%s", name);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file, "%ld\n", value);
    fclose(file);
}

/* Reads a value that another program has written down. */
static inline long told(const char *name)
{
    char path[80];
    long value = 0;
    snprintf(path, sizeof path, "value.%s", name);
    FILE *file = fopen(path, "r");
    if (file == NULL || fscanf(file, "%ld", &value) != 1) {
        perror(path);
        exit(1);
    }
    fclose(file);
    return value;
}

#endif
