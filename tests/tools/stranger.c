/* stranger WORD...: a program that does to its tracer what it can. The words, in their order:
 *
 * memory, attach, signal: opens the parent's memory for writing, attaches to it, sends it a signal that does
 * nothing, and says what came of it.
 * keep-stopping, stop-group: stops the parent again and again; stops its whole process group, once.
 * kill-watchdog: kills the parent's watchdog.
 * raw: puts the terminal into raw mode. ready: says so on standard output. wait: waits for ever. deaf: ignores
 * the signals that end a program. hold PID: traces that process and keeps it stopped until the input ends.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void say(const char *what, int refused)
{
	printf("%s: %s\n", what, refused ? strerror(errno) : "done");
	fflush(stdout);
}

static pid_t watchdog(void)
{
	DIR *folder = opendir("/proc");
	struct dirent *entry;
	char path[300], line[200];
	int name, parent;
	FILE *status;

	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
		if (!(status = fopen(path, "r")))
			continue;
		name = parent = 0;
		while (fgets(line, sizeof line, status)) {
			if (strcmp(line, "Name:\tlab-watchdog\n") == 0)
				name = 1;
			if (strncmp(line, "PPid:", 5) == 0)
				parent = atoi(line + 5);
		}
		fclose(status);
		if (name && parent == getppid())
			return atoi(entry->d_name);
	}
	return 0;
}

static void hold(pid_t pid)
{
	char byte;

	if (ptrace(PTRACE_SEIZE, pid, 0, 0) != 0 || ptrace(PTRACE_INTERRUPT, pid, 0, 0) != 0) {
		say("hold", 1);
		exit(1);
	}
	waitpid(pid, NULL, __WALL);
	say("hold", 0);
	while (read(0, &byte, 1) > 0)
		;
}

int main(int count, char **words)
{
	struct termios mode;
	char path[40];
	int at;

	for (at = 1; at < count; at++) {
		const char *word = words[at];
		if (strcmp(word, "memory") == 0) {
			snprintf(path, sizeof path, "/proc/%d/mem", getppid());
			say(word, open(path, O_RDWR) == -1);
		} else if (strcmp(word, "attach") == 0) {
			say(word, ptrace(PTRACE_SEIZE, getppid(), 0, 0) != 0);
		} else if (strcmp(word, "signal") == 0) {
			say(word, kill(getppid(), SIGCONT) != 0);
		} else if (strcmp(word, "stop-group") == 0) {
			kill(0, SIGSTOP);
		} else if (strcmp(word, "keep-stopping") == 0) {
			for (;;)
				kill(getppid(), SIGSTOP);
		} else if (strcmp(word, "kill-watchdog") == 0) {
			pid_t pid;
			while (!(pid = watchdog()))
				;
			say(word, kill(pid, SIGKILL) != 0);
		} else if (strcmp(word, "raw") == 0) {
			tcgetattr(1, &mode);
			cfmakeraw(&mode);
			tcsetattr(1, TCSANOW, &mode);
		} else if (strcmp(word, "deaf") == 0) {
			signal(SIGINT, SIG_IGN);
			signal(SIGTERM, SIG_IGN);
			signal(SIGHUP, SIG_IGN);
			signal(SIGQUIT, SIG_IGN);
		} else if (strcmp(word, "ready") == 0) {
			puts("ready");
			fflush(stdout);
		} else if (strcmp(word, "hold") == 0 && at + 1 < count) {
			hold(atoi(words[++at]));
		} else if (strcmp(word, "wait") == 0) {
			for (;;)
				pause();
		} else {
			fprintf(stderr, "stranger: %s?\n", word);
			return 125;
		}
	}
	return 0;
}
