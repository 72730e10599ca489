/* Puts a seccomp filter on itself that answers for shmat, in one of several ways. Without a word it does nothing.
 *
 * diagnoses: none
 * ends: 0
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int words, char **word)
{
    const char *way = words > 1 ? word[1] : "";
    if (!*way)
        return 0;
    unsigned answer = strstr(way, "errno") ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_TRACE | 7;
    struct sock_filter rows[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_shmat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {4, rows};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (strstr(way, "prctl"))
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter);
    else
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter);
    int id = shmget(IPC_PRIVATE, 100, IPC_CREAT | 0600);
    void *at = shmat(id, NULL, 0);
    puts(at == (void *)-1 ? strerror(errno) : "attached");
    if (at != (void *)-1)
        shmdt(at);
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
