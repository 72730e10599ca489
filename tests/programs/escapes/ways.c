/* Ways out of a trace, one a word: children that hide from a tracer, by every way to call clone, and calls about
 * shared memory by other architectures' numbers. Without a word it does nothing.
 *
 * diagnoses: none
 * flags: -pthread
 * ends: 0
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int stays;
static struct clone_args in_memory;
static const struct clone_args read_only = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};

/* What a hidden child does: it leaves the session, makes two calls, and stays if it shall. */
static int child(int whole)
{
    setsid();
    int id = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);
    int removed = shmctl(id, IPC_RMID, NULL);
    while (stays)
        pause();
    /* A thread ends alone. */
    syscall(SYS_exit, whole && removed == 0 ? 0 : 1);
    return 0;
}

#ifdef __x86_64__
/* A call whose first argument's register is looked at afterwards: it must be what it was. */
static long native(long number, long a, long b, int *whole)
{
    long result, after = a;
    register long r10 __asm__("r10") = 0, r8 __asm__("r8") = 0;
    __asm__ volatile("syscall"
                     : "=a"(result), "+D"(after)
                     : "0"(number), "S"(b), "d"(0L), "r"(r10), "r"(r8)
                     : "rcx", "r11", "memory");
    *whole = after == a;
    return result;
}

static long by_int80(long number, long a, long b, long c, long d, int *whole)
{
    long result, after = a;
    __asm__ volatile("int $0x80"
                     : "=a"(result), "+b"(after)
                     : "0"(number), "c"(b), "d"(c), "S"(d)
                     : "r8", "r9", "r10", "r11", "memory");
    *whole = after == a;
    return (int)result;
}
#endif

/* The child's half, or the parent's: waits for it unless it shall stay. */
static int both(long pid, int whole)
{
    if (pid == 0)
        child(whole);
    if (pid < 0) {
        printf("clone: %s\n", strerror(pid == -1 ? errno : (int)-pid));
        return 0;
    }
    int status = 0;
    if (!stays && waitpid((pid_t)pid, &status, __WALL) != pid)
        return 2;
    printf("%s, child %s\n", whole ? "as it was" : "changed", status ? "changed" : "as it was");
    return 0;
}

static int by_clone3(const struct clone_args *args)
{
    uint64_t flags = args->flags;
    long pid = syscall(SYS_clone3, args, sizeof *args);
    return both(pid, args->flags == flags);
}

static int on_stack(void *flags)
{
    child(*(uint64_t *)flags != 0);
    return 0;
}

static void *toggle(void *flags)
{
    for (;;) {
        __atomic_store_n((uint64_t *)flags, 0, __ATOMIC_RELAXED);
        __atomic_store_n((uint64_t *)flags, CLONE_UNTRACED, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* Many children by clone3 while another thread writes the flag all the time. */
static int race(int times)
{
    static uint64_t *flags;
    pthread_t other;
    in_memory.exit_signal = SIGCHLD;
    flags = (uint64_t *)&in_memory.flags;
    pthread_create(&other, NULL, toggle, flags);
    for (int made = 0; made < times; made++) {
        long pid = syscall(SYS_clone3, &in_memory, sizeof in_memory);
        if (pid == 0) {
            while (stays)
                pause();
            _exit(0);
        }
        if (!stays && pid > 0)
            waitpid((pid_t)pid, NULL, __WALL);
    }
    return 0;
}

int main(int count, char **words)
{
    const char *way = count > 1 ? words[1] : "";
    int whole = 1;
    stays = count > 2 && !strcmp(words[2], "stays");
    setvbuf(stdout, NULL, _IOLBF, 0);
    in_memory.flags = CLONE_UNTRACED;
    in_memory.exit_signal = SIGCHLD;
    if (!strcmp(way, "clone3"))
        return by_clone3(&in_memory);
    if (!strcmp(way, "clone3-read-only"))
        return by_clone3(&read_only);
    if (!strcmp(way, "clone3-shared")) {
        struct clone_args *shared =
            mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        *shared = in_memory;
        return by_clone3(shared);
    }
    if (!strcmp(way, "clone3-traced-flag")) {
        in_memory.flags |= CLONE_PTRACE;
        return by_clone3(&in_memory);
    }
    if (!strcmp(way, "clone3-fails")) {
        in_memory.flags |= CLONE_THREAD;
        return by_clone3(&in_memory);
    }
    if (!strcmp(way, "race"))
        return race(stays ? 20 : 500);
    if (!strcmp(way, "memory") || !strcmp(way, "vfork") || !strcmp(way, "thread") || !strcmp(way, "sibling")) {
        static char stack[1 << 16];
        static uint64_t one = 1;
        int flags = CLONE_UNTRACED;
        if (*way == 'm')
            flags |= CLONE_VM | SIGCHLD;
        if (*way == 'v')
            flags |= CLONE_VM | CLONE_VFORK | SIGCHLD;
        if (*way == 't')
            flags |= CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
        if (*way == 's')
            flags |= CLONE_PARENT | SIGCHLD;
        int pid = clone(on_stack, stack + sizeof stack, flags, &one);
        printf("%s\n", pid > 0 ? "made" : strerror(errno));
        if (*way == 'm' && !stays)
            waitpid(pid, NULL, __WALL);
        if (*way == 't') {
            /* The thread ends alone; the kernel says so by the number of threads. */
            while (!stays && syscall(SYS_tgkill, getpid(), pid, 0) == 0)
                sched_yield();
            syscall(SYS_exit, 0);
        }
        return 0;
    }
    if (!strcmp(way, "namespace")) {
        if (unshare(CLONE_NEWPID) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) != 0)
            printf("no namespace\n");
        return both(fork(), 1);
    }
    if (!strcmp(way, "daemon")) {
        if (fork() == 0) {
            setsid();
            if (fork() == 0)
                child(1);
            _exit(0);
        }
        wait(NULL);
        return 0;
    }
#ifdef __x86_64__
    long pid = -1;
    if (!strcmp(way, "clone"))
        pid = native(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, &whole);
    else if (!strcmp(way, "x32-clone"))
        pid = native(0x40000000 | SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, &whole);
    else if (!strcmp(way, "int80-clone"))
        pid = by_int80(120, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, &whole);
    else if (!strcmp(way, "int80-clone3")) {
        struct clone_args *low =
            mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        *low = in_memory;
        pid = by_int80(435, (long)(uintptr_t)low, sizeof *low, 0, 0, &whole);
        whole &= low->flags == CLONE_UNTRACED;
    }
    if (strstr(way, "clone"))
        return both(pid, whole);
    /* Segments by 32-bit numbers: two made, one of them removed; a semaphore set asked for, which is another matter. */
    if (!strcmp(way, "int80-calls")) {
        int kept = (int)by_int80(117, 23, IPC_PRIVATE, 4096, IPC_CREAT | 0600, &whole);
        int gone = (int)by_int80(395, IPC_PRIVATE, 4096, IPC_CREAT | 0600, 0, &whole);
        int removed = (int)by_int80(396, gone, IPC_RMID, 0, 0, &whole);
        int none = (int)by_int80(398, 4096, 0, 0, 0, &whole);
        int sems = (int)by_int80(117, 2, 1, 0, 0, &whole);
        printf("%d %d %d %d\n", kept >= 0, removed, -none == EINVAL, sems < 0);
        return 0;
    }
    if (!strcmp(way, "x32-calls")) {
        int id = (int)syscall(0x40000000 | SYS_shmget, IPC_PRIVATE, 4096, IPC_CREAT | 0600);
        if (id >= 0)
            shmctl(id, IPC_RMID, NULL);
        return 0;
    }
#endif
    return 0;
}
