//! The system calls that lab names, by the numbers that this architecture gives them.

use super::{Name, numbered, row};

/// System calls that a step of a lesson can lead to, by the number that this architecture gives them.
const SYSTEM_CALLS: &[Name] = &[
    row("shmget", libc::SYS_shmget, "find or make a segment"),
    row("shmat", libc::SYS_shmat, "attach a segment"),
    row("shmdt", libc::SYS_shmdt, "detach a segment"),
    row("shmctl", libc::SYS_shmctl, "ask about a segment, change it, remove it"),
    row("write", libc::SYS_write, "write to a stream"),
    row("newfstatat", libc::SYS_newfstatat, "ask about a file"),
    #[cfg(target_arch = "x86_64")]
    row("stat", libc::SYS_stat, "ask about a file"),
    row("statx", libc::SYS_statx, "ask about a file"),
    row("semget", libc::SYS_semget, "find or make a set of semaphores"),
    row("semop", libc::SYS_semop, "operate on a semaphore"),
    row("semtimedop", libc::SYS_semtimedop, "operate on a semaphore, for a time"),
    row("semctl", libc::SYS_semctl, "ask about semaphores, change them, remove them"),
    #[cfg(target_arch = "x86_64")]
    row("pipe", libc::SYS_pipe, "make a pipe"),
    row("pipe2", libc::SYS_pipe2, "make a pipe"),
    row("read", libc::SYS_read, "read from a stream"),
    row("msgget", libc::SYS_msgget, "find or make a message queue"),
    row("msgsnd", libc::SYS_msgsnd, "send a message"),
    row("msgrcv", libc::SYS_msgrcv, "receive a message"),
    row("msgctl", libc::SYS_msgctl, "ask about a message queue, change it, remove it"),
    row("clone", libc::SYS_clone, "make a process or a thread"),
    row("clone3", libc::SYS_clone3, "make a process or a thread"),
    #[cfg(target_arch = "x86_64")]
    row("fork", libc::SYS_fork, "make a process"),
    row("execve", libc::SYS_execve, "run another program"),
    row("exit", libc::SYS_exit, "end a thread"),
    row("exit_group", libc::SYS_exit_group, "end a process"),
    row("wait4", libc::SYS_wait4, "wait for a child"),
    row("waitid", libc::SYS_waitid, "wait for a child"),
    row("mmap", libc::SYS_mmap, "map memory"),
    row("munmap", libc::SYS_munmap, "unmap memory"),
    row("brk", libc::SYS_brk, "move the end of the heap"),
    row("umask", libc::SYS_umask, "set the file mode creation mask"),
    row("prlimit64", libc::SYS_prlimit64, "read or set a limit"),
    row("setrlimit", libc::SYS_setrlimit, "set a limit"),
    row("unshare", libc::SYS_unshare, "leave a namespace"),
    row("nanosleep", libc::SYS_nanosleep, "sleep"),
    row("prctl", libc::SYS_prctl, "change something about this process"),
    row("seccomp", libc::SYS_seccomp, "put a filter on this process"),
    row("clock_nanosleep", libc::SYS_clock_nanosleep, "sleep"),
    #[cfg(target_arch = "x86_64")]
    row("pause", libc::SYS_pause, "wait for a signal"),
    #[cfg(target_arch = "x86_64")]
    row("poll", libc::SYS_poll, "wait for streams"),
    #[cfg(target_arch = "x86_64")]
    row("select", libc::SYS_select, "wait for streams"),
    row("rt_sigsuspend", libc::SYS_rt_sigsuspend, "wait for a signal"),
    row("rt_sigtimedwait", libc::SYS_rt_sigtimedwait, "wait for a signal, for a time"),
    row("futex", libc::SYS_futex, "wait at a lock"),
    row("sched_yield", libc::SYS_sched_yield, "let others run first"),
];

/// `shmget` for its number, `system call 999` for a number without a row.
pub fn system_call(number: u64) -> String {
    let row = i64::try_from(number).ok().and_then(|number| numbered(SYSTEM_CALLS, number));
    row.map_or_else(|| format!("system call {number}"), |row| row.name.into())
}
