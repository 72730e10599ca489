/* Garbage in every argument of every call, straight to the kernel. It prints how many calls failed, and ends well.
 *
 * diagnoses: any
 * ends: 0
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const long odd[] = {0, 1, -1, 4095, 4096, 0x7fffffff, 0x80000000, 0xffffffff, INT64_MAX, INT64_MIN, 0x800000000000, 0xdeadbeef};

int main(void)
{
    const int many = sizeof odd / sizeof *odd;
    int failed = 0, calls = 0;
    int id = shmget(IPC_PRIVATE, 100, IPC_CREAT | IPC_EXCL | 0600);
    if (id == -1) {
        perror("shmget");
        return 1;
    }
    /* Sizes that no machine has, and flags that do not exist; a success is removed at once. */
    for (int i = 0; i < many; i++) {
        for (int j = 0; j < many; j++) {
            long got = syscall(SYS_shmget, 0x4c414200 + i, odd[j] > 65536 ? -odd[j] : 0, odd[i] & ~SHM_HUGETLB);
            calls++, failed += got == -1;
            if (got != -1)
                shmctl(got, IPC_RMID, NULL);
        }
    }
    /* Addresses and flags; what is attached by luck is detached at once. No SHM_REMAP: it would replace this program. */
    for (int i = 0; i < many; i++) {
        for (int j = 0; j < many; j++) {
            long got = syscall(SYS_shmat, i == 2 ? id : odd[i], odd[j], (odd[i] ^ odd[j]) & ~SHM_REMAP);
            calls++, failed += got == -1;
            if (got != -1)
                syscall(SYS_shmdt, got);
        }
    }
    for (int i = 0; i < many; i++)
        calls++, failed += syscall(SYS_shmdt, odd[i]) == -1;
    /* Commands and buffers; IPC_RMID and IPC_SET are left out, so that the segment lives to the end. */
    for (int i = 0; i < many; i++) {
        for (int j = 0; j < many; j++) {
            long cmd = odd[i] == IPC_RMID || odd[i] == IPC_SET ? IPC_STAT : odd[i];
            calls += 2;
            failed += syscall(SYS_shmctl, id, cmd, odd[j]) == -1;
            failed += syscall(SYS_shmctl, odd[j], cmd, odd[i]) == -1;
        }
    }
    for (int i = 0; i < many; i++) {
        struct stat st;
        calls += 3;
        failed += syscall(SYS_newfstatat, AT_FDCWD, odd[i], &st, 0) == -1;
        failed += syscall(SYS_newfstatat, AT_FDCWD, ".", odd[i], 0) == -1;
        failed += syscall(SYS_semop, odd[i], odd[i], odd[i]) == -1;
    }
    printf("%s of the calls failed\n", failed > calls / 2 ? "most" : "few");
    shmctl(id, IPC_RMID, NULL);
    return 0;
}
