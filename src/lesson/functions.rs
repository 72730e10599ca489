//! The calls of the notation: one row each, with its parameters, what it gives back and where to read more.
//! Parser, checks, stage and narrator all read this table; none of them knows a call by a branch of its own,
//! but for the one place where an actor makes it.

use serde::{Deserialize, Serialize};

use crate::constants::{self, Name};

/// Which call a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    AtomicIncrease,
    Chmod,
    Churn,
    Create,
    Execl,
    Exit,
    Fork,
    Ftok,
    Increase,
    Kill,
    Link,
    Malloc,
    Memset,
    Mkdir,
    Mmap,
    Printf,
    Puts,
    Rename,
    Save,
    Seccomp,
    Semctl,
    Semget,
    Semop,
    Setrlimit,
    Shmat,
    Shmctl,
    Shmdt,
    Shmget,
    Strcpy,
    Symlink,
    Tear,
    Twins,
    Umask,
    Unlink,
    Unshare,
    Usleep,
    Wait,
}

/// What may stand in an argument's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Path,
    /// A path, or a pointer to one.
    Pathname,
    Project,
    Key,
    Size,
    GetFlags,
    Id,
    Address,
    AtFlags,
    Command,
    Buffer,
    Text,
    Byte,
    Count,
    Mode,
    Role,
    Signal,
    Protection,
    MapFlags,
    Limit,
    Errno,
    Namespaces,
    Name,
    Null,
}

impl Kind {
    /// The tables whose constants may be written here. Flags of the wrong call are allowed where the kernel
    /// would take them: `shmat(id, NULL, 0666 | IPC_EXCL)` is a mistake to show, not one to refuse.
    pub fn constants(self) -> &'static [&'static [Name]] {
        match self {
            Kind::Key => &[constants::KEYS],
            Kind::GetFlags | Kind::AtFlags => &[constants::GET_FLAGS, constants::AT_FLAGS],
            Kind::Command => &[constants::COMMANDS],
            Kind::Signal => &[constants::SIGNALS],
            Kind::Protection | Kind::MapFlags => &[constants::MAP_FLAGS],
            Kind::Limit => &[constants::LIMITS],
            Kind::Errno => &[constants::ERRNOS],
            Kind::Namespaces => &[constants::NAMESPACES],
            _ => &[],
        }
    }

    /// In an error message: what this argument is.
    pub fn plain(self) -> &'static str {
        match self {
            Kind::Path => "a file name in quotes",
            Kind::Pathname => "a file name in quotes, a name or NULL",
            Kind::Project => "a character such as 'L', or a number",
            Kind::Key => "a key: a name, a number or IPC_PRIVATE",
            Kind::Size => "a number of bytes",
            Kind::GetFlags => "flags such as IPC_CREAT | 0600",
            Kind::Id => "an identifier: a name or a number",
            Kind::Address => "an address: a name, p + 1 or NULL",
            Kind::AtFlags => "0 or flags such as SHM_RDONLY",
            Kind::Command => "a command such as IPC_STAT or IPC_RMID",
            Kind::Buffer => "NULL or &ds",
            Kind::Text => "text in quotes, or a name",
            Kind::Byte => "a character such as 'A', or a number",
            Kind::Count => "a number",
            Kind::Mode => "an octal mode such as 0600",
            Kind::Role => "an actor",
            Kind::Signal => "a signal such as SIGKILL",
            Kind::Protection => "a protection such as PROT_NONE",
            Kind::MapFlags => "flags such as MAP_PRIVATE | MAP_ANONYMOUS",
            Kind::Limit => "a limit such as RLIMIT_MEMLOCK",
            Kind::Errno => "an errno such as ENOSYS",
            Kind::Namespaces => "namespaces such as CLONE_NEWIPC",
            Kind::Name => "a variable's name",
            Kind::Null => "NULL",
        }
    }
}

/// What a call gives back when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Yields {
    Key,
    Id,
    Address,
    Pid,
    Number,
    /// A umask.
    Mode,
    Text,
    /// The number 0.
    Zero,
    /// No value: it is done when it comes back.
    Nothing,
}

/// Who makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A process of the lesson.
    Actor,
    /// Two processes of the lesson at the same time.
    Pair,
    /// The lab itself: a stage direction.
    Lab,
}

/// One call of the notation.
#[derive(Debug)]
pub struct Spec {
    pub function: Function,
    pub name: &'static str,
    /// The short word of headers and prompts.
    pub title: &'static str,
    pub params: &'static [Kind],
    pub yields: Yields,
    pub by: By,
    /// Where to read about it.
    pub page: &'static str,
}

const fn row(
    function: Function,
    name: &'static str,
    title: &'static str,
    params: &'static [Kind],
    yields: Yields,
    by: By,
    page: &'static str,
) -> Spec {
    Spec { function, name, title, params, yields, by, page }
}

/// Every call, in alphabetical order.
#[rustfmt::skip]
pub static FUNCTIONS: &[Spec] = &[
    row(Function::AtomicIncrease, "atomic_increase", "atomic add", &[Kind::Address, Kind::Count], Yields::Number, By::Pair, "atomic_fetch_add(3)"),
    row(Function::Chmod, "chmod", "chmod", &[Kind::Path, Kind::Mode], Yields::Zero, By::Lab, "chmod(2)"),
    row(Function::Churn, "churn", "churn", &[Kind::Count], Yields::Nothing, By::Actor, "shmget(2)"),
    row(Function::Create, "create", "key file", &[Kind::Path], Yields::Nothing, By::Lab, "creat(2)"),
    row(Function::Execl, "execl", "exec", &[Kind::Text, Kind::Text, Kind::Null], Yields::Zero, By::Actor, "execve(2)"),
    row(Function::Exit, "exit", "exit", &[Kind::Count], Yields::Nothing, By::Actor, "_exit(2)"),
    row(Function::Fork, "fork", "fork", &[], Yields::Pid, By::Actor, "fork(2)"),
    row(Function::Ftok, "ftok", "ftok", &[Kind::Pathname, Kind::Project], Yields::Key, By::Actor, "ftok(3)"),
    row(Function::Increase, "increase", "++", &[Kind::Address, Kind::Count], Yields::Number, By::Pair, "sem_overview(7)"),
    row(Function::Kill, "kill", "kill", &[Kind::Role, Kind::Signal], Yields::Zero, By::Lab, "kill(2)"),
    row(Function::Link, "link", "link", &[Kind::Path, Kind::Path], Yields::Zero, By::Lab, "link(2)"),
    row(Function::Malloc, "malloc", "malloc", &[Kind::Size], Yields::Address, By::Actor, "malloc(3)"),
    row(Function::Memset, "memset", "fill", &[Kind::Address, Kind::Byte, Kind::Count], Yields::Nothing, By::Actor, "memset(3)"),
    row(Function::Mkdir, "mkdir", "mkdir", &[Kind::Path, Kind::Mode], Yields::Zero, By::Lab, "mkdir(2)"),
    row(Function::Mmap, "mmap", "mmap", &[Kind::Address, Kind::Size, Kind::Protection, Kind::MapFlags, Kind::Count, Kind::Count], Yields::Address, By::Actor, "mmap(2)"),
    row(Function::Printf, "printf", "print", &[Kind::Text, Kind::Name], Yields::Text, By::Actor, "printf(3)"),
    row(Function::Puts, "puts", "read", &[Kind::Address], Yields::Text, By::Actor, "puts(3)"),
    row(Function::Rename, "rename", "rename", &[Kind::Path, Kind::Path], Yields::Zero, By::Lab, "rename(2)"),
    row(Function::Save, "save", "save", &[Kind::Path], Yields::Nothing, By::Lab, "rename(2)"),
    row(Function::Seccomp, "seccomp", "filter", &[Kind::Text, Kind::Errno], Yields::Zero, By::Actor, "seccomp(2)"),
    row(Function::Semctl, "semctl", "semctl", &[Kind::Id, Kind::Count, Kind::Command], Yields::Zero, By::Actor, "semctl(2)"),
    row(Function::Semget, "semget", "semget", &[Kind::Key, Kind::Count, Kind::GetFlags], Yields::Id, By::Actor, "semget(2)"),
    row(Function::Semop, "semop", "semop", &[Kind::Id, Kind::Count, Kind::Count], Yields::Zero, By::Actor, "semop(2)"),
    row(Function::Setrlimit, "setrlimit", "limit", &[Kind::Limit, Kind::Count], Yields::Zero, By::Actor, "setrlimit(2)"),
    row(Function::Shmat, "shmat", "shmat", &[Kind::Id, Kind::Address, Kind::AtFlags], Yields::Address, By::Actor, "shmop(2)"),
    row(Function::Shmctl, "shmctl", "shmctl", &[Kind::Id, Kind::Command, Kind::Buffer], Yields::Zero, By::Actor, "shmctl(2)"),
    row(Function::Shmdt, "shmdt", "shmdt", &[Kind::Address], Yields::Zero, By::Actor, "shmop(2)"),
    row(Function::Shmget, "shmget", "shmget", &[Kind::Key, Kind::Size, Kind::GetFlags], Yields::Id, By::Actor, "shmget(2)"),
    row(Function::Strcpy, "strcpy", "write", &[Kind::Address, Kind::Text], Yields::Nothing, By::Actor, "strcpy(3)"),
    row(Function::Symlink, "symlink", "symlink", &[Kind::Path, Kind::Path], Yields::Zero, By::Lab, "symlink(2)"),
    row(Function::Tear, "tear", "torn reads", &[Kind::Address, Kind::Count], Yields::Number, By::Pair, "sem_overview(7)"),
    row(Function::Twins, "twins", "twins", &[Kind::Path, Kind::Path], Yields::Nothing, By::Lab, "ftok(3)"),
    row(Function::Umask, "umask", "umask", &[Kind::Mode], Yields::Mode, By::Actor, "umask(2)"),
    row(Function::Unlink, "unlink", "unlink", &[Kind::Path], Yields::Zero, By::Lab, "unlink(2)"),
    row(Function::Unshare, "unshare", "unshare", &[Kind::Namespaces], Yields::Zero, By::Actor, "unshare(2)"),
    row(Function::Usleep, "usleep", "sleep", &[Kind::Count], Yields::Zero, By::Actor, "usleep(3)"),
    row(Function::Wait, "wait", "wait", &[Kind::Null], Yields::Pid, By::Actor, "wait(2)"),
];

/// Calls that only a sandbox contains: what they make is in no ledger, and outside nobody would clean it up.
pub const SANDBOX_ONLY: &[Function] =
    &[Function::Churn, Function::Semctl, Function::Semget, Function::Semop, Function::Unshare];

/// The row of the call with this name.
pub fn function(name: &str) -> Option<&'static Spec> {
    FUNCTIONS.iter().find(|spec| spec.name == name)
}

/// The row of this call.
pub fn spec(function: Function) -> &'static Spec {
    FUNCTIONS.iter().find(|spec| spec.function == function).unwrap_or(&FUNCTIONS[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_has_its_own_row_and_the_rows_are_in_order() {
        for spec in FUNCTIONS {
            assert!(std::ptr::eq(super::spec(spec.function), spec), "{} has no row of its own", spec.name);
        }
        assert!(FUNCTIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
