//! The one table of names: errnos, signals, flags, commands, fields. Parser, output, tracer and quiz read
//! the same rows, so they cannot disagree. It holds rows and look-ups; it never makes a call.
//!
//! Sources: the numbers are libc's; the words are ours, and say what Linux does where the manual differs
//! (shmget(2), shmop(2), shmctl(2), measured on Linux 6.18).

/// A name that libc knows, with libc's number.
macro_rules! of_libc {
    ($name:ident, $plain:literal) => {
        row(stringify!($name), libc::$name as i64, $plain)
    };
}

mod errnos;
mod system_calls;

pub use errnos::{ERRNOS, errno, machine_says_no, meaning};
pub use system_calls::system_call;

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

/// A word of lab's own, which has no number.
const fn word(name: &'static str, plain: &'static str) -> Name {
    row(name, 0, plain)
}

/// Signals that a lesson can send or meet.
pub const SIGNALS: &[Name] = &[
    of_libc!(SIGHUP, "the terminal hung up"),
    of_libc!(SIGINT, "interrupt, Ctrl-C"),
    of_libc!(SIGQUIT, "quit, Ctrl-\\"),
    of_libc!(SIGILL, "illegal instruction"),
    of_libc!(SIGABRT, "the process gave up by itself"),
    of_libc!(SIGBUS, "a mapping without memory behind it"),
    of_libc!(SIGFPE, "bad arithmetic"),
    of_libc!(SIGKILL, "killed; no process can refuse"),
    of_libc!(SIGSEGV, "an access to memory that is not there, or not allowed"),
    of_libc!(SIGPIPE, "wrote to a pipe that no process reads"),
    of_libc!(SIGALRM, "alarm clock"),
    of_libc!(SIGTERM, "asked to end"),
    of_libc!(SIGUSR1, "user signal 1"),
    of_libc!(SIGUSR2, "user signal 2"),
    of_libc!(SIGCONT, "continue"),
    of_libc!(SIGSTOP, "stop; no process can refuse"),
    of_libc!(SIGTSTP, "stop, Ctrl-Z"),
    of_libc!(SIGSYS, "a sandbox (seccomp) killed it for a forbidden call"),
    of_libc!(SIGXCPU, "used too much processor time"),
    of_libc!(SIGXFSZ, "the file would become too big"),
];

/// Flags of shmget's third argument; the low nine bits beside them are the mode.
pub const GET_FLAGS: &[Name] = &[
    of_libc!(IPC_CREAT, "create the segment if there is none"),
    of_libc!(IPC_EXCL, "with IPC_CREAT: fail if there is one"),
    of_libc!(SHM_HUGETLB, "use huge pages"),
    of_libc!(SHM_NORESERVE, "reserve no memory for it"),
];

/// Flags of shmat's third argument.
pub const AT_FLAGS: &[Name] = &[
    of_libc!(SHM_RDONLY, "attach for reading only"),
    of_libc!(SHM_RND, "round the address down to a page"),
    of_libc!(SHM_REMAP, "replace what is mapped there"),
    of_libc!(SHM_EXEC, "allow code in it to run"),
];

/// mmap's protections and flags, as far as a guard page needs them.
pub const MAP_FLAGS: &[Name] = &[
    of_libc!(PROT_NONE, "no access at all"),
    of_libc!(PROT_READ, "reading is allowed"),
    of_libc!(PROT_WRITE, "writing is allowed"),
    of_libc!(MAP_PRIVATE, "for this process alone"),
    of_libc!(MAP_ANONYMOUS, "no file behind it"),
];

/// Limits of a process.
pub const LIMITS: &[Name] = &[of_libc!(RLIMIT_MEMLOCK, "bytes that may be locked into memory")];

/// Namespaces that a process can leave.
pub const NAMESPACES: &[Name] = &[
    of_libc!(CLONE_NEWIPC, "an IPC namespace of its own"),
    of_libc!(CLONE_NEWUSER, "a user namespace of its own"),
];

/// Why an access to memory failed: si_code of a SIGSEGV.
pub const SI_CODES: &[Name] = &[
    row("SEGV_MAPERR", 1, "nothing is mapped there"),
    row("SEGV_ACCERR", 2, "it is mapped, but not for this access"),
];

/// Every table of constants.
const CONSTANTS: [&[Name]; 10] =
    [GET_FLAGS, AT_FLAGS, COMMANDS, KEY_CONSTANTS, SIGNALS, MAP_FLAGS, LIMITS, NAMESPACES, SI_CODES, ERRNOS];

/// shmctl's commands.
pub const COMMANDS: &[Name] = &[
    of_libc!(IPC_RMID, "mark the segment for removal"),
    of_libc!(IPC_SET, "change owner and mode"),
    of_libc!(IPC_STAT, "read the segment's record"),
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
    of_libc!(IPC_RMID, "remove the set"),
    of_libc!(IPC_SET, "change owner and mode"),
    of_libc!(IPC_STAT, "read the set's record"),
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
pub const KEY_CONSTANTS: &[Name] = &[of_libc!(IPC_PRIVATE, "a new segment, whatever exists")];

/// Facts about a segment that a lesson's `look` can name, in the words of /proc/sysvipc/shm.
pub const FACTS: &[Name] = &[
    word("nattch", "how many times the segment is attached"),
    word("size", "the size asked for, in bytes"),
    word("mode", "the permission bits, with 01000 for `marked for removal`"),
    word("key", "the key, 0 once it is marked for removal"),
    word("rss", "bytes of it in memory"),
    word("cpid", "the process that created it"),
    word("lpid", "the last process that attached or detached"),
    word("atime", "when it was last attached, in seconds since 1970; 0: never"),
    word("dtime", "when it was last detached"),
    word("ctime", "when it was made or changed"),
    word("si_code", "why the access that killed the actor failed"),
    word("si_addr", "the address of that access"),
    word("segments", "how many segments of this run exist"),
    word("calls", "how many system calls the kernel saw during the step"),
    word(
        "copied",
        "bytes that read, write, msgsnd and msgrcv copied into the kernel or out of it during the step",
    ),
    word("mapped", "bytes of it that the actor of this step has mapped"),
    word("devshm", "files in /dev/shm that carry the name of a System V segment"),
    word("zombie", "the process has ended and its parent has not waited for it"),
    word("dest", "the segment is marked for removal"),
    word("gone", "the segment does not exist any more"),
];

/// What a step can need of the machine; the words say what is missing.
pub const NEEDS: &[Name] = &[
    word("ordinary user", "root can't become another user here"),
    word(
        "other user",
        "it takes a second user, whom lab has as root, or where newuidmap and /etc/subuid give you one",
    ),
    word("root", "it shows what root sees, and you are not root"),
    word("limits", "this kernel does not let a sandbox lower its limits"),
    word("small pages", "its numbers are for pages of 4096 bytes, and this machine gives out others"),
    word("huge pages", "this kernel has no huge pages, or you are in the group that may use them"),
    word("commit limit", "this machine promises any amount of memory (vm.overcommit_memory is 1)"),
    word("guarded page 0", "vm.mmap_min_addr is 0 on this machine"),
    word("filters", "this kernel has no seccomp filters"),
    word("twin files", "no two files of this machine have the same key"),
    word("random addresses", "address space randomisation is off"),
    word("namespaces", "this machine gives no further namespaces"),
    word("sandbox", "it needs a sandbox, because lab makes no message queue and no semaphore on the host"),
];

/// Limits of an IPC namespace that a lesson can set: their names below /proc/sys/kernel.
pub const SYSCTLS: &[Name] = &[
    word("shmmni", "how many segments may exist"),
    word("shmmax", "how many bytes a segment may have"),
    word("shmall", "how many pages all segments may have together"),
    word("shm_rmid_forced", "1: segments go with their last detach"),
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

/// The name of a number; `what` and the number where it has no row.
fn name_or(table: &'static [Name], number: i64, what: &str) -> String {
    numbered(table, number).map_or_else(|| format!("{what} {number}"), |row| row.name.into())
}

/// `SIGSEGV` for 11, `signal 64` for a number without a row.
pub fn signal(number: i32) -> String {
    name_or(SIGNALS, number.into(), "signal")
}

/// `i386` for 3, `machine 999` for a number without a row.
pub fn machine(number: u16) -> String {
    name_or(MACHINES, number.into(), "machine")
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
    fn a_typing_mistake_finds_its_name() {
        assert_eq!(nearest("IPC_CREATE", constants()), Some("IPC_CREAT"));
        assert_eq!(nearest("banana", constants()), None);
    }
}
