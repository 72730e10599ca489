/* Does one thing so often that nobody reads it all: `repeats shapes 60000`. Without words it does nothing. At its end
 * it says `done` and waits for a line, so that its tracer can be looked at.
 *
 * diagnoses: none
 * ends: 0
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long count;
static long window = 1;

static int make(void)
{
    return shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
}

static void drop(int id)
{
    shmctl(id, IPC_RMID, NULL);
}

/* The upper half of an int's register means nothing to the kernel. */
static void upper_halves(void)
{
    for (long i = 0; i < count / 2; i++) {
        int id = (int)syscall(SYS_shmget, 0L, 4096L, i << 32 | IPC_CREAT | 0600);
        syscall(SYS_shmctl, id | i << 32, i << 32, 0L);
    }
}

static void flags(void)
{
    for (long i = 0; i < count; i++)
        syscall(SYS_shmget, 1L, 0L, i << 10);
}

static void modes(void)
{
    for (long i = 0; i < count / 2; i++)
        drop(shmget(IPC_PRIVATE, 1, IPC_CREAT | (int)(i & 0777) | (int)(i >> 9) << 16));
}

static void sizes(void)
{
    for (long i = 0; i < count; i++)
        shmget(77, (size_t)i, 0);
}

static void ids(void)
{
    for (long i = 0; i < count; i++)
        shmat((int)i, NULL, 0);
}

static void attach_flags(void)
{
    for (long i = 0; i < count; i++)
        shmat(5, NULL, (int)i);
}

static void commands(void)
{
    for (long i = 0; i < count; i++)
        shmctl(5, (int)i, NULL);
}

static void semaphore_commands(void)
{
    for (long i = 0; i < count; i++)
        syscall(SYS_semctl, 5L, i, i, 0L);
}

static void addresses(void)
{
    for (long i = 0; i < count; i++)
        shmdt((void *)(i * 4096));
}

static void segments(void)
{
    for (long i = 0; i < count; i++)
        drop(shmget(IPC_PRIVATE, (size_t)(100 + i), IPC_CREAT | 0600));
}

/* Each is unmapped, which no trace stops at, and written to behind its size. */
static void unmapped(void)
{
    for (long i = 0; i < count; i++) {
        int id = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);
        char *at = shmat(id, NULL, 0);
        at[200] = 1;
        munmap(at, 4096);
        drop(id);
    }
}

/* So many at once are attached; then all are detached, the newest of each pair first. */
static void attachments(void)
{
    char **at = malloc((size_t)window * sizeof *at);
    int id = make();
    for (long done = 0; done < count;) {
        long live = 0;
        while (live < window && done < count && (at[live] = shmat(id, NULL, 0)) != (void *)-1)
            live++, done++;
        if (live == 0)
            break;
        for (long i = 0; i < live; i++)
            shmdt(at[i ^ 1] && (i ^ 1) < live ? at[i ^ 1] : at[i]);
    }
    drop(id);
    free(at);
}

/* As many as the kernel allows, and all of them still there at the end. */
static void stays_attached(void)
{
    int id = make();
    for (long i = 0; i < count && shmat(id, NULL, 0) != (void *)-1; i++)
        ;
    drop(id);
}

/* So many are alive at once; then the oldest has to go for each new one. */
static void forks(void)
{
    pid_t *alive = calloc((size_t)window, sizeof *alive);
    int id = make();
    char *at = shmat(id, NULL, 0);
    *at = 1;
    for (long i = 0; i < count + window; i++) {
        pid_t *place = &alive[i % window];
        if (*place > 0) {
            kill(*place, window > 1 ? SIGKILL : 0);
            waitpid(*place, NULL, 0);
        }
        *place = i < count ? fork() : 0;
        if (*place == 0 && i < count) {
            while (window > 1)
                pause();
            _exit(0);
        }
    }
    drop(id);
    free(alive);
}

/* Each child has a child, and each of these one more. */
static void line_of_forks(void)
{
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child != 0) {
            waitpid(child, NULL, 0);
            break;
        }
    }
}

static void long_names(void)
{
    char *name = malloc(100001);
    memset(name, 'x', 100000);
    name[100000] = 0;
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            char *words[] = {name, name, name, NULL};
            execv("/bin/true", words);
            _exit(1);
        }
        waitpid(child, NULL, 0);
    }
    free(name);
}

static void long_paths(void)
{
    char path[4000];
    struct stat found;
    memset(path, '/', sizeof path - 1);
    path[sizeof path - 1] = 0;
    for (long i = 0; i < count; i++)
        stat(path, &found);
}

static void faults(void)
{
    int id = make();
    for (long i = 0; i < count; i++) {
        pid_t child = fork();
        if (child == 0) {
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
            volatile char *at = shmat(id, NULL, SHM_RDONLY);
            *at = 1;
        }
        waitpid(child, NULL, 0);
    }
    drop(id);
}

static const struct {
    const char *name;
    void (*does)(void);
} ALL[] = {
    {"upper-halves", upper_halves},
    {"flags", flags},
    {"modes", modes},
    {"sizes", sizes},
    {"ids", ids},
    {"attach-flags", attach_flags},
    {"commands", commands},
    {"semaphore-commands", semaphore_commands},
    {"addresses", addresses},
    {"segments", segments},
    {"unmapped", unmapped},
    {"attachments", attachments},
    {"stays-attached", stays_attached},
    {"forks", forks},
    {"line-of-forks", line_of_forks},
    {"long-names", long_names},
    {"long-paths", long_paths},
    {"faults", faults},
};

int main(int words, char **word)
{
    pid_t first = getpid();
    if (words < 3)
        return 0;
    count = atol(word[2]);
    window = words > 3 ? atol(word[3]) : 1;
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++)
        if (!strcmp(ALL[i].name, word[1]))
            ALL[i].does();
    if (getpid() == first) {
        char line[2];
        puts("done");
        fflush(stdout);
        return fgets(line, sizeof line, stdin) == NULL;
    }
    return 0;
}
