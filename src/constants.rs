//! The one table of names: errnos, signals, flags, commands, fields. Parser, output, tracer and quiz read
//! the same rows, so they cannot disagree. It holds rows and look-ups; it never makes a call.
//!
//! Sources: the numbers are libc's; the words are ours, and say what Linux does where the manual differs
//! (shmget(2), shmop(2), shmctl(2), measured on Linux 6.18).

/// One name of the kernel's: as C spells it, its number, and what it means in plain words.
#[derive(Debug, PartialEq, Eq)]
pub struct Name {
    pub name: &'static str,
    pub value: i64,
    pub plain: &'static str,
}

const fn row(name: &'static str, value: i64, plain: &'static str) -> Name {
    Name { name, value, plain }
}

/// Error numbers that the calls of the notation can return.
pub const ERRNOS: &[Name] = &[
    row(
        "EPERM",
        libc::EPERM as i64,
        "not permitted: only the owner, the creator or a privileged process may",
    ),
    row("ENOENT", libc::ENOENT as i64, "no such thing"),
    row("ESRCH", libc::ESRCH as i64, "no such process"),
    row("EINTR", libc::EINTR as i64, "interrupted by a signal"),
    row("EIO", libc::EIO as i64, "input or output error"),
    row("E2BIG", libc::E2BIG as i64, "too much of it"),
    row("EBADF", libc::EBADF as i64, "not an open file"),
    row("ECHILD", libc::ECHILD as i64, "no such child"),
    row("EAGAIN", libc::EAGAIN as i64, "not now: a limit is reached, try again later"),
    row("ENOMEM", libc::ENOMEM as i64, "no memory, or no room in the address space"),
    row("EACCES", libc::EACCES as i64, "permission denied by the mode bits"),
    row("EFAULT", libc::EFAULT as i64, "bad address"),
    row("EEXIST", libc::EEXIST as i64, "it exists already"),
    row("ENOTDIR", libc::ENOTDIR as i64, "a part of the path is not a directory"),
    row("EISDIR", libc::EISDIR as i64, "it is a directory"),
    row("EINVAL", libc::EINVAL as i64, "invalid argument"),
    row("ENFILE", libc::ENFILE as i64, "the machine has too many open files"),
    row("EMFILE", libc::EMFILE as i64, "this process has too many open files"),
    row("EFBIG", libc::EFBIG as i64, "the file would become too big"),
    row("ENOSPC", libc::ENOSPC as i64, "no space is left"),
    row("EROFS", libc::EROFS as i64, "the file system is read-only"),
    row("ERANGE", libc::ERANGE as i64, "out of range"),
    row("ENAMETOOLONG", libc::ENAMETOOLONG as i64, "the path is too long"),
    row("ENOSYS", libc::ENOSYS as i64, "this kernel or sandbox has no such call"),
    row("ELOOP", libc::ELOOP as i64, "too many symbolic links"),
    row("EIDRM", libc::EIDRM as i64, "the identifier was removed while the call was under way"),
    row("EOVERFLOW", libc::EOVERFLOW as i64, "the value does not fit"),
];

/// What an errno means for one call: `(call, errno, plain words)`. Read before [`ERRNOS`].
pub const MEANINGS: &[(&str, i32, &str)] = &[
    ("ftok", libc::ENOENT, "there is no file of this name, and ftok makes none"),
    ("ftok", libc::EACCES, "a directory on the path may not be searched"),
    ("ftok", libc::EFAULT, "the path is no address of this process's"),
    ("shmget", libc::ENOENT, "no segment has this key, and IPC_CREAT was not given"),
    ("shmget", libc::EEXIST, "a segment with this key exists already, and IPC_EXCL insists on a new one"),
    (
        "shmget",
        libc::EINVAL,
        "a size of 0 for a new segment, over SHMMAX, or more than the existing segment has",
    ),
    ("shmget", libc::EACCES, "the segment exists and its mode refuses the bits asked for"),
    (
        "shmget",
        libc::ENOSPC,
        "SHMMNI segments exist already, or SHMALL pages are in use: `ipcs -l` shows the limits",
    ),
    ("shmget", libc::ENOMEM, "the memory cannot be reserved"),
    (
        "shmget",
        libc::EPERM,
        "SHM_HUGETLB is for a privileged group; without that flag it is a sandbox (seccomp) that says no",
    ),
    ("shmat", libc::EINVAL, "no segment has this identifier, or the address is unaligned or in use"),
    ("shmat", libc::EACCES, "the mode does not allow this attach"),
    ("shmat", libc::ENOMEM, "no room for it in the address space"),
    ("shmat", libc::EPERM, "refused outright: a sandbox (seccomp), or an address below vm.mmap_min_addr"),
    ("shmdt", libc::EINVAL, "no segment is attached at exactly this address"),
    ("shmdt", libc::EPERM, "refused outright by a sandbox (seccomp)"),
    ("semget", libc::EEXIST, "a set with this key exists already, and IPC_EXCL insists on a new one"),
    ("semget", libc::ENOENT, "no set has this key, and IPC_CREAT was not given"),
    ("msgget", libc::EEXIST, "a queue with this key exists already, and IPC_EXCL insists on a new one"),
    ("msgget", libc::ENOENT, "no queue has this key, and IPC_CREAT was not given"),
    ("semget", libc::ENOSPC, "SEMMNI sets or SEMMNS semaphores exist already: `ipcs -l` shows the limits"),
    (
        "msgsnd",
        libc::EINVAL,
        "no queue has this identifier, the message's type is not positive, or the message is longer than MSGMAX",
    ),
    ("msgrcv", libc::EINVAL, "no queue has this identifier"),
    ("msgrcv", libc::E2BIG, "the message is longer than the room for it"),
    ("msgctl", libc::EINVAL, "no queue has this identifier, or the command is unknown"),
    ("unshare", libc::ENOSPC, "as many namespaces exist as user.max_user_namespaces and its like allow"),
    ("shmctl", libc::EINVAL, "no segment has this identifier, or the command is unknown"),
    ("shmctl", libc::EACCES, "IPC_STAT needs read permission"),
    ("shmctl", libc::ENOMEM, "SHM_LOCK would lock more than RLIMIT_MEMLOCK allows"),
    (
        "shmctl",
        libc::EPERM,
        "only the owner, the creator or a privileged process may, or a sandbox refuses the call",
    ),
];

/// Answers that say something about the machine and nothing about the program: call and errno.
pub const MACHINE_ERRNOS: &[(&str, i32)] = &[
    ("shmget", libc::ENOSYS),
    ("shmget", libc::EPERM),
    ("shmget", libc::ENOSPC),
    ("shmget", libc::ENOMEM),
    ("shmat", libc::ENOSYS),
    ("shmat", libc::EPERM),
    ("shmat", libc::ENOMEM),
    ("shmdt", libc::ENOSYS),
    ("shmdt", libc::EPERM),
    ("shmctl", libc::ENOSYS),
];

/// Whether this answer says something about the machine and nothing about the program.
pub fn machine_says_no(call: &str, errno: i32) -> bool {
    MACHINE_ERRNOS.contains(&(call, errno))
}

/// Signals that a lesson can send or meet.
pub const SIGNALS: &[Name] = &[
    row("SIGHUP", libc::SIGHUP as i64, "the terminal hung up"),
    row("SIGINT", libc::SIGINT as i64, "interrupt, Ctrl-C"),
    row("SIGQUIT", libc::SIGQUIT as i64, "quit, Ctrl-\\"),
    row("SIGILL", libc::SIGILL as i64, "illegal instruction"),
    row("SIGABRT", libc::SIGABRT as i64, "the process gave up by itself"),
    row("SIGBUS", libc::SIGBUS as i64, "a mapping without memory behind it"),
    row("SIGFPE", libc::SIGFPE as i64, "bad arithmetic"),
    row("SIGKILL", libc::SIGKILL as i64, "killed; no process can refuse"),
    row("SIGSEGV", libc::SIGSEGV as i64, "an access to memory that is not there, or not allowed"),
    row("SIGPIPE", libc::SIGPIPE as i64, "wrote to a pipe that no process reads"),
    row("SIGALRM", libc::SIGALRM as i64, "alarm clock"),
    row("SIGTERM", libc::SIGTERM as i64, "asked to end"),
    row("SIGUSR1", libc::SIGUSR1 as i64, "user signal 1"),
    row("SIGUSR2", libc::SIGUSR2 as i64, "user signal 2"),
    row("SIGCONT", libc::SIGCONT as i64, "continue"),
    row("SIGSTOP", libc::SIGSTOP as i64, "stop; no process can refuse"),
    row("SIGTSTP", libc::SIGTSTP as i64, "stop, Ctrl-Z"),
    row("SIGSYS", libc::SIGSYS as i64, "a sandbox (seccomp) killed it for a forbidden call"),
    row("SIGXCPU", libc::SIGXCPU as i64, "used too much processor time"),
    row("SIGXFSZ", libc::SIGXFSZ as i64, "the file would become too big"),
];

/// Flags of shmget's third argument; the low nine bits beside them are the mode.
pub const GET_FLAGS: &[Name] = &[
    row("IPC_CREAT", libc::IPC_CREAT as i64, "create the segment if there is none"),
    row("IPC_EXCL", libc::IPC_EXCL as i64, "with IPC_CREAT: fail if there is one"),
    row("SHM_HUGETLB", libc::SHM_HUGETLB as i64, "use huge pages"),
    row("SHM_NORESERVE", libc::SHM_NORESERVE as i64, "reserve no memory for it"),
];

/// Flags of shmat's third argument.
pub const AT_FLAGS: &[Name] = &[
    row("SHM_RDONLY", libc::SHM_RDONLY as i64, "attach for reading only"),
    row("SHM_RND", libc::SHM_RND as i64, "round the address down to a page"),
    row("SHM_REMAP", libc::SHM_REMAP as i64, "replace what is mapped there"),
    row("SHM_EXEC", libc::SHM_EXEC as i64, "allow code in it to run"),
];

/// mmap's protections and flags, as far as a guard page needs them.
pub const MAP_FLAGS: &[Name] = &[
    row("PROT_NONE", libc::PROT_NONE as i64, "no access at all"),
    row("PROT_READ", libc::PROT_READ as i64, "reading is allowed"),
    row("PROT_WRITE", libc::PROT_WRITE as i64, "writing is allowed"),
    row("MAP_PRIVATE", libc::MAP_PRIVATE as i64, "for this process alone"),
    row("MAP_ANONYMOUS", libc::MAP_ANONYMOUS as i64, "no file behind it"),
];

/// Limits of a process.
pub const LIMITS: &[Name] =
    &[row("RLIMIT_MEMLOCK", libc::RLIMIT_MEMLOCK as i64, "bytes that may be locked into memory")];

/// Namespaces that a process can leave.
pub const NAMESPACES: &[Name] = &[
    row("CLONE_NEWIPC", libc::CLONE_NEWIPC as i64, "an IPC namespace of its own"),
    row("CLONE_NEWUSER", libc::CLONE_NEWUSER as i64, "a user namespace of its own"),
];

/// Why an access to memory failed: si_code of a SIGSEGV.
pub const SI_CODES: &[Name] = &[
    row("SEGV_MAPERR", 1, "nothing is mapped there"),
    row("SEGV_ACCERR", 2, "it is mapped, but not for this access"),
];

/// System calls that a step of a lesson can lead to, by the number that this architecture gives them.
pub const SYSTEM_CALLS: &[Name] = &[
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

/// Every table of constants.
const CONSTANTS: [&[Name]; 10] =
    [GET_FLAGS, AT_FLAGS, COMMANDS, KEY_CONSTANTS, SIGNALS, MAP_FLAGS, LIMITS, NAMESPACES, SI_CODES, ERRNOS];

/// shmctl's commands.
pub const COMMANDS: &[Name] = &[
    row("IPC_RMID", libc::IPC_RMID as i64, "mark the segment for removal"),
    row("IPC_SET", libc::IPC_SET as i64, "change owner and mode"),
    row("IPC_STAT", libc::IPC_STAT as i64, "read the segment's record"),
    row("SHM_LOCK", 11, "keep the segment out of swap"),
    row("SHM_UNLOCK", 12, "allow it to be swapped again"),
];

/// Whether shmctl has a command of this number.
pub fn shmctl_has(command: i32) -> bool {
    [COMMANDS, TOOL_COMMANDS].iter().any(|table| numbered(table, command.into()).is_some())
}

/// shmctl's commands that only tools such as ipcs use: a tracer meets them, a lesson does not.
pub const TOOL_COMMANDS: &[Name] = &[
    row("IPC_INFO", 3, "read the limits"),
    row("SHM_STAT", SHM_STAT as i64, "read the record at an index of the kernel's table"),
    row("SHM_INFO", SHM_INFO as i64, "read how much is in use"),
    row("SHM_STAT_ANY", SHM_STAT_ANY as i64, "read the record at an index, whoever owns it"),
];

/// semctl's commands.
pub const SEM_COMMANDS: &[Name] = &[
    row("IPC_RMID", libc::IPC_RMID as i64, "remove the set"),
    row("IPC_SET", libc::IPC_SET as i64, "change owner and mode"),
    row("IPC_STAT", libc::IPC_STAT as i64, "read the set's record"),
    row("IPC_INFO", 3, "read the limits"),
    row("GETPID", 11, "who operated on it last"),
    row("GETVAL", 12, "read a value"),
    row("GETALL", 13, "read all values"),
    row("GETNCNT", 14, "how many wait for it to grow"),
    row("GETZCNT", 15, "how many wait for it to be 0"),
    row("SETVAL", 16, "set a value"),
    row("SETALL", 17, "set all values"),
    row("SEM_STAT", 18, "read the record at an index of the kernel's table"),
    row("SEM_INFO", 19, "read how much is in use"),
    row("SEM_STAT_ANY", 20, "read the record at an index, whoever owns it"),
];

/// Machines that a program can be for: the ELF standard's numbers.
pub const MACHINES: &[Name] = &[
    row("i386", 3, "the 32-bit x86"),
    row("ARM", 40, "32-bit ARM"),
    row("x86-64", 62, "the 64-bit x86"),
    row("AArch64", 183, "64-bit ARM"),
    row("RISC-V", 243, "RISC-V"),
];

/// Keys with a name.
pub const KEY_CONSTANTS: &[Name] =
    &[row("IPC_PRIVATE", libc::IPC_PRIVATE as i64, "a new segment, whatever exists")];

/// Facts about a segment that a lesson's `look` can name, in the words of /proc/sysvipc/shm; `value` is unused.
pub const FACTS: &[Name] = &[
    row("nattch", 0, "how many times the segment is attached"),
    row("size", 0, "the size asked for, in bytes"),
    row("mode", 0, "the permission bits, with 01000 for `marked for removal`"),
    row("key", 0, "the key, 0 once it is marked for removal"),
    row("rss", 0, "bytes of it in memory"),
    row("cpid", 0, "the process that created it"),
    row("lpid", 0, "the last process that attached or detached"),
    row("atime", 0, "when it was last attached, in seconds since 1970; 0: never"),
    row("dtime", 0, "when it was last detached"),
    row("ctime", 0, "when it was made or changed"),
    row("si_code", 0, "why the access that killed the actor failed"),
    row("si_addr", 0, "the address of that access"),
    row("segments", 0, "how many segments of this run exist"),
    row("calls", 0, "how many system calls the kernel saw during the step"),
    row(
        "copied",
        0,
        "bytes that read, write, msgsnd and msgrcv copied into the kernel or out of it during the step",
    ),
    row("mapped", 0, "bytes of it that the actor of this step has mapped"),
    row("devshm", 0, "files in /dev/shm that carry the name of a System V segment"),
    row("zombie", 0, "the process has ended and its parent has not waited for it"),
    row("dest", 0, "the segment is marked for removal"),
    row("gone", 0, "the segment does not exist any more"),
];

/// What a step can need of the machine; the words say what is missing.
pub const NEEDS: &[Name] = &[
    row("ordinary user", 0, "root can't become another user here"),
    row(
        "other user",
        0,
        "it takes a second user, whom lab has as root, or where newuidmap and /etc/subuid give you one",
    ),
    row("root", 0, "it shows what root sees, and you are not root"),
    row("limits", 0, "this kernel does not let a sandbox lower its limits"),
    row("small pages", 0, "its numbers are for pages of 4096 bytes, and this machine gives out others"),
    row("huge pages", 0, "this kernel has no huge pages, or you are in the group that may use them"),
    row("commit limit", 0, "this machine promises any amount of memory (vm.overcommit_memory is 1)"),
    row("guarded page 0", 0, "vm.mmap_min_addr is 0 on this machine"),
    row("filters", 0, "this kernel has no seccomp filters"),
    row("twin files", 0, "no two files of this machine have the same key"),
    row("random addresses", 0, "address space randomisation is off"),
    row("namespaces", 0, "this machine gives no further namespaces"),
    row("sandbox", 0, "it needs a sandbox, because lab makes no message queue and no semaphore on the host"),
];

/// Limits of an IPC namespace that a lesson can set: their names below /proc/sys/kernel.
pub const SYSCTLS: &[Name] = &[
    row("shmmni", 0, "how many segments may exist"),
    row("shmmax", 0, "how many bytes a segment may have"),
    row("shmall", 0, "how many pages all segments may have together"),
    row("shm_rmid_forced", 0, "1: segments go with their last detach"),
];

pub const SHM_DEST: u32 = 0o1000;
pub const SHM_STAT: i32 = 13;
pub const SHM_INFO: i32 = 14;
pub const SHM_STAT_ANY: i32 = 15;

/// Bits above the nine permission bits in a segment's mode.
pub const MODE_BITS: &[Name] = &[
    row("SHM_DEST", SHM_DEST as i64, "marked for removal at the last detach"),
    row("SHM_LOCKED", 0o2000, "kept out of swap"),
];

/// The row with this name.
pub fn named(table: &'static [Name], name: &str) -> Option<&'static Name> {
    table.iter().find(|row| row.name == name)
}

/// The row with this number.
pub fn numbered(table: &'static [Name], value: i64) -> Option<&'static Name> {
    table.iter().find(|row| row.value == value)
}

/// `EINVAL` for 22, `errno 999` for a number without a row.
pub fn errno(number: i32) -> String {
    numbered(ERRNOS, number.into()).map_or_else(|| format!("errno {number}"), |row| row.name.into())
}

/// `SIGSEGV` for 11, `signal 64` for a number without a row.
pub fn signal(number: i32) -> String {
    numbered(SIGNALS, number.into()).map_or_else(|| format!("signal {number}"), |row| row.name.into())
}

/// `i386` for 3, `machine 999` for a number without a row.
pub fn machine(number: u16) -> String {
    numbered(MACHINES, number.into()).map_or_else(|| format!("machine {number}"), |row| row.name.into())
}

/// What an errno of this call means, in plain words.
pub fn meaning(call: &str, number: i32) -> &'static str {
    let of_call = MEANINGS.iter().find(|(name, errno, _)| *name == call && *errno == number);
    match of_call {
        Some((_, _, plain)) => plain,
        None => numbered(ERRNOS, number.into()).map_or("an error without a name here", |row| row.plain),
    }
}

/// The value of a constant, whichever table has it.
pub fn constant(name: &str) -> Option<&'static Name> {
    CONSTANTS.iter().find_map(|table| named(table, name))
}

/// Every constant the notation knows, for suggestions.
pub fn constants() -> impl Iterator<Item = &'static str> + Clone {
    CONSTANTS.into_iter().flatten().map(|row| row.name)
}

/// The item that has this name: as it is spelled, or else in any case.
pub fn in_any_case<'a, T>(items: &'a [T], word: &str, name: impl Fn(&T) -> String) -> Option<&'a T> {
    let exact = items.iter().find(|item| name(item) == word);
    exact.or_else(|| items.iter().find(|item| name(item).eq_ignore_ascii_case(word)))
}

/// Help for a word that is not among those known: the nearest of them, or all of them behind `listed`.
pub fn nearest_or_all<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone, listed: &str) -> String {
    match nearest(word, known.clone()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{listed} {}", known.collect::<Vec<_>>().join(", ")),
    }
}

/// The candidate most like `word`, if one is like it at all.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_names_a_number_once() {
        for table in [
            ERRNOS,
            SIGNALS,
            GET_FLAGS,
            AT_FLAGS,
            COMMANDS,
            TOOL_COMMANDS,
            SEM_COMMANDS,
            KEY_CONSTANTS,
            LIMITS,
            NAMESPACES,
        ] {
            for row in table {
                assert_eq!(numbered(table, row.value), Some(row), "{} shares its number", row.name);
            }
        }
    }

    #[test]
    fn a_call_has_its_own_words_for_an_errno() {
        assert_eq!(meaning("shmdt", libc::EINVAL), "no segment is attached at exactly this address");
        assert_eq!(meaning("fork", libc::EINVAL), "invalid argument");
        assert_eq!(errno(9999), "errno 9999");
    }

    #[test]
    fn a_typing_mistake_finds_its_name() {
        assert_eq!(nearest("IPC_CREATE", constants()), Some("IPC_CREAT"));
        assert_eq!(nearest("banana", constants()), None);
    }
}
