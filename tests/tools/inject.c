/* inject PID TRY...
 *
 * Has another process make system calls, as if its code had been taken over, and prints a line for each: the try and
 * its errno, or "done". It stops the process by ptrace, which the process does not notice, and puts everything back.
 * x86-64 only. A try is one of the names in the table below.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#ifndef __x86_64__
int main(void)
{
	return 77;
}
#else

static pid_t victim;

/* Arguments that are texts are copied to the victim's stack, below what it uses. */
struct try {
	const char *name;
	long number, arguments[5];
	const char *text;
	int text_at;
};

static const struct try tries[] = {
	{"read-a-file", SYS_openat, {AT_FDCWD, 0, O_RDONLY}, "/etc/passwd", 1},
	{"read-a-folder", SYS_openat, {AT_FDCWD, 0, O_RDONLY | O_DIRECTORY}, "/", 1},
	{"write-a-file", SYS_openat, {AT_FDCWD, 0, O_WRONLY}, "/dev/null", 1},
	{"make-a-file", SYS_openat, {AT_FDCWD, 0, O_RDWR | O_CREAT, 0600}, "made-by-inject", 1},
	{"remove-a-file", SYS_unlink, {0}, "lab.key", 0},
	{"rename-a-file", SYS_rename, {0, 0}, "lab.key", 0},
	{"change-a-mode", SYS_chmod, {0, 0777}, "lab.key", 0},
	{"run-a-shell", SYS_execve, {0, 0, 0}, "/bin/sh", 0},
	{"run-it-at", SYS_execveat, {AT_FDCWD, 0, 0, 0, 0}, "/bin/sh", 1},
	{"open-a-socket", SYS_socket, {2, 1, 0}, NULL, 0},
	{"signal-init", SYS_kill, {1, 0}, NULL, 0},
	{"signal-everybody", SYS_kill, {-1, 0}, NULL, 0},
	{"trace", SYS_ptrace, {PTRACE_ATTACH, 1, 0, 0}, NULL, 0},
	{"write-into-another", SYS_process_vm_writev, {1, 0, 0, 0, 0}, NULL, 0},
	{"gain-a-user", SYS_setuid, {0}, NULL, 0},
	{"leave-for-a-mount", SYS_unshare, {CLONE_NEWNS}, NULL, 0},
	{"mount", SYS_mount, {0, 0, 0, 0, 0}, NULL, 0},
	{"make-a-thread", SYS_clone, {CLONE_VM | CLONE_UNTRACED}, NULL, 0},
	{"be-dumped", SYS_prctl, {PR_SET_DUMPABLE, 1}, NULL, 0},
	{"another-limit", SYS_prlimit64, {1, 7, 0, 0}, NULL, 0},
	{"32-bit", -1, {0}, NULL, 0},
};

static void check(int good, const char *what)
{
	if (!good) {
		perror(what);
		exit(1);
	}
}

static void make(const struct try *try, const struct user_regs_struct *before)
{
	struct user_regs_struct now = *before;
	unsigned long where = (before->rsp - 4096) & ~15UL;
	long *argument[] = {(long *)&now.rdi, (long *)&now.rsi, (long *)&now.rdx, (long *)&now.r10, (long *)&now.r8};
	int status, at;
	long made;

	for (at = 0; at < 5; at++)
		*argument[at] = try->arguments[at];
	if (try->text) {
		char text[64] = {0};
		strncpy(text, try->text, sizeof text - 1);
		for (at = 0; at < (int)sizeof text; at += 8) {
			long word;
			memcpy(&word, text + at, 8);
			check(ptrace(PTRACE_POKEDATA, victim, where + at, word) == 0, "inject: poke");
		}
		*argument[try->text_at] = where;
	}
	/* It waits in a system call, so the two bytes before its next instruction are "syscall". */
	now.rip = before->rip - 2;
	now.orig_rax = -1;
	now.rax = try->number;
	if (try->number == -1) {
		/* int $0x80, written over "syscall" for a moment: getpid in 32 bits. */
		long word = ptrace(PTRACE_PEEKTEXT, victim, now.rip, 0);
		check(ptrace(PTRACE_POKETEXT, victim, now.rip, (word & ~0xffffL) | 0x80cd) == 0, "inject: poke");
		now.rax = 20;
		check(ptrace(PTRACE_SETREGS, victim, 0, &now) == 0, "inject: set");
		check(ptrace(PTRACE_SINGLESTEP, victim, 0, 0) == 0, "inject: step");
		check(waitpid(victim, &status, 0) == victim && WIFSTOPPED(status), "inject: wait");
		check(ptrace(PTRACE_GETREGS, victim, 0, &now) == 0, "inject: get");
		check(ptrace(PTRACE_POKETEXT, victim, before->rip - 2, word) == 0, "inject: poke");
	} else {
		check(ptrace(PTRACE_SETREGS, victim, 0, &now) == 0, "inject: set");
		check(ptrace(PTRACE_SINGLESTEP, victim, 0, 0) == 0, "inject: step");
		check(waitpid(victim, &status, 0) == victim && WIFSTOPPED(status), "inject: wait");
		check(ptrace(PTRACE_GETREGS, victim, 0, &now) == 0, "inject: get");
	}
	made = now.rax;
	if (made < 0 && made > -4096)
		printf("%s: %s\n", try->name, strerrorname_np(-made));
	else
		printf("%s: done\n", try->name);
}

/* Stops the victim in the system call that it waits in, and leaves its registers in `before`.
 *
 * One that an earlier inject has let go may not have begun its call anew yet. The two bytes before its next instruction
 * are not "syscall" then, and whatever they are would be run instead of a try, so it goes on until it waits. */
static void stop_in_a_call(struct user_regs_struct *before)
{
	int status;

	for (;;) {
		check(ptrace(PTRACE_INTERRUPT, victim, 0, 0) == 0, "inject: interrupt");
		check(waitpid(victim, &status, 0) == victim && WIFSTOPPED(status), "inject: wait");
		check(ptrace(PTRACE_GETREGS, victim, 0, before) == 0, "inject: get");
		if ((long)before->orig_rax >= 0)
			return;
		check(ptrace(PTRACE_CONT, victim, 0, 0) == 0, "inject: let go");
	}
}

int main(int count, char **words)
{
	struct user_regs_struct before;
	int at;
	size_t row;

	if (count < 2)
		return 2;
	victim = atoi(words[1]);
	check(ptrace(PTRACE_SEIZE, victim, 0, 0) == 0, "inject: seize");
	stop_in_a_call(&before);
	for (row = 0; row < sizeof tries / sizeof *tries; row++)
		for (at = 2; at < count; at++)
			if (strcmp(words[at], tries[row].name) == 0 || strcmp(words[at], "all") == 0)
				make(&tries[row], &before);
	/* The call that it was in begins anew: ERESTARTSYS is for the kernel, so the number is put back by hand. */
	if ((long)before.rax < 0) {
		before.rip -= 2;
		before.rax = before.orig_rax;
	}
	before.orig_rax = -1;
	check(ptrace(PTRACE_SETREGS, victim, 0, &before) == 0, "inject: set");
	check(ptrace(PTRACE_DETACH, victim, 0, 0) == 0, "inject: detach");
	return 0;
}
#endif
