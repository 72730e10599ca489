/* refuse RULE... -- COMMAND [ARGUMENT...]
 *
 * Runs a command whose system calls, and those of its children, are answered by rules instead of by the kernel:
 * NUMBER=ERRNO, or NUMBER:VALUE=ERRNO where only calls with this second argument are meant; ERRNO 0 kills the
 * process. The numbers are this machine's own.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define MOST 200

static struct sock_filter program[MOST];
static unsigned short length;

static void add(unsigned short code, unsigned int k, unsigned char if_true, unsigned char if_false)
{
	if (length == MOST) {
		fputs("refuse: too many rules\n", stderr);
		exit(125);
	}
	program[length].code = code;
	program[length].k = k;
	program[length].jt = if_true;
	program[length].jf = if_false;
	length++;
}

static void rule(const char *text)
{
	char *rest;
	unsigned long number = strtoul(text, &rest, 10), value = 0, error;
	int valued = *rest == ':';

	if (valued)
		value = strtoul(rest + 1, &rest, 10);
	if (*rest != '=') {
		fprintf(stderr, "refuse: %s is no rule\n", text);
		exit(125);
	}
	error = strtoul(rest + 1, NULL, 10);
	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	add(BPF_JMP | BPF_JEQ | BPF_K, number, 0, valued ? 3 : 1);
	if (valued) {
		add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]), 0, 0);
		add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	}
	add(BPF_RET | BPF_K, error ? SECCOMP_RET_ERRNO | error : SECCOMP_RET_KILL_PROCESS, 0, 0);
}

int main(int count, char **words)
{
	struct sock_fprog filter;
	int at = 1;

	for (; at < count && strcmp(words[at], "--") != 0; at++)
		rule(words[at]);
	if (at + 1 >= count) {
		fputs("refuse: no command\n", stderr);
		return 125;
	}
	add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	filter.len = length;
	filter.filter = program;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
		perror("refuse: prctl");
		return 125;
	}
	execvp(words[at + 1], words + at + 1);
	perror("refuse: execvp");
	return 125;
}
