//! The calls of the notation: one row each, with its parameters, what it gives back and where to read more.
//! Parser, checks, stage and output all read this table; none of them knows a call by a branch of its own,
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
    Msgctl,
    Msgget,
    Msgrcv,
    Msgsnd,
    Pipe,
    Printf,
    Puts,
    Read,
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
    Write,
}

/// What may stand in an argument's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
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
    /// What is printed: text, or a pointer to it.
    Printed,
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
    /// Two descriptors that the call fills in.
    Descriptors,
    /// One of them.
    Descriptor,
}

impl ParamKind {
    /// The tables whose constants may be written here. Flags of the wrong call are allowed where the kernel
    /// would take them: `shmat(id, NULL, 0666 | IPC_EXCL)` is a mistake to show, not one to refuse.
    pub fn constants(self) -> &'static [&'static [Name]] {
        match self {
            ParamKind::Key => &[constants::KEY_CONSTANTS],
            ParamKind::GetFlags | ParamKind::AtFlags => &[constants::GET_FLAGS, constants::AT_FLAGS],
            ParamKind::Command => &[constants::COMMANDS],
            ParamKind::Signal => &[constants::SIGNALS],
            ParamKind::Protection | ParamKind::MapFlags => &[constants::MAP_FLAGS],
            ParamKind::Limit => &[constants::LIMITS],
            ParamKind::Errno => &[constants::ERRNOS],
            ParamKind::Namespaces => &[constants::NAMESPACES],
            _ => &[],
        }
    }

    /// In an error message: what this argument is.
    pub fn plain(self) -> &'static str {
        match self {
            ParamKind::Path => "a file name in quotes",
            ParamKind::Pathname => "a file name in quotes, a name or NULL",
            ParamKind::Project => "a character such as 'L', or a number",
            ParamKind::Key => "a key: a name, a number or IPC_PRIVATE",
            ParamKind::Size => "a number of bytes",
            ParamKind::GetFlags => "flags such as IPC_CREAT | 0600",
            ParamKind::Id => "an identifier: a name or a number",
            ParamKind::Address => "an address: a name, p + 1 or NULL",
            ParamKind::AtFlags => "0 or flags such as SHM_RDONLY",
            ParamKind::Command => "a command such as IPC_STAT or IPC_RMID",
            ParamKind::Buffer => "NULL or &ds",
            ParamKind::Text => "text in quotes, or a name",
            ParamKind::Printed => "text in quotes, or an address: a name, p + 1 or NULL",
            ParamKind::Byte => "a character such as 'A', or a number",
            ParamKind::Count => "a number",
            ParamKind::Mode => "an octal mode such as 0600",
            ParamKind::Role => "an actor",
            ParamKind::Signal => "a signal such as SIGKILL",
            ParamKind::Protection => "a protection such as PROT_NONE",
            ParamKind::MapFlags => "flags such as MAP_PRIVATE | MAP_ANONYMOUS",
            ParamKind::Limit => "a limit such as RLIMIT_MEMLOCK",
            ParamKind::Errno => "an errno such as ENOSYS",
            ParamKind::Namespaces => "namespaces such as CLONE_NEWIPC",
            ParamKind::Name => "a variable's name",
            ParamKind::Null => "NULL",
            ParamKind::Descriptors => "a name such as fd, for both ends of a pipe",
            ParamKind::Descriptor => "an end of a pipe: fd[0] to read, fd[1] to write",
        }
    }
}

/// What a call gives back when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnType {
    Key,
    Id,
    Address,
    Pid,
    Number,
    /// A umask.
    Mode,
    Text,
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
    pub params: &'static [ParamKind],
    pub yields: ReturnType,
    pub by: By,
    /// Where to read about it.
    pub page: &'static str,
}

const fn row(
    function: Function,
    name: &'static str,
    title: &'static str,
    params: &'static [ParamKind],
    yields: ReturnType,
    by: By,
    page: &'static str,
) -> Spec {
    Spec { function, name, title, params, yields, by, page }
}

/// Every call, in alphabetical order.
#[rustfmt::skip]
pub static FUNCTIONS: &[Spec] = &[
    row(Function::AtomicIncrease, "atomic_increase", "atomic add", &[ParamKind::Address, ParamKind::Count], ReturnType::Number, By::Pair, "atomic_fetch_add(3)"),
    row(Function::Chmod, "chmod", "chmod", &[ParamKind::Path, ParamKind::Mode], ReturnType::Zero, By::Lab, "chmod(2)"),
    row(Function::Churn, "churn", "churn", &[ParamKind::Count], ReturnType::Nothing, By::Actor, "shmget(2)"),
    row(Function::Create, "create", "key file", &[ParamKind::Path], ReturnType::Nothing, By::Lab, "creat(2)"),
    row(Function::Execl, "execl", "exec", &[ParamKind::Text, ParamKind::Text, ParamKind::Null], ReturnType::Zero, By::Actor, "execve(2)"),
    row(Function::Exit, "exit", "exit", &[ParamKind::Count], ReturnType::Nothing, By::Actor, "_exit(2)"),
    row(Function::Fork, "fork", "fork", &[], ReturnType::Pid, By::Actor, "fork(2)"),
    row(Function::Ftok, "ftok", "ftok", &[ParamKind::Pathname, ParamKind::Project], ReturnType::Key, By::Actor, "ftok(3)"),
    row(Function::Increase, "increase", "++", &[ParamKind::Address, ParamKind::Count], ReturnType::Number, By::Pair, "sem_overview(7)"),
    row(Function::Kill, "kill", "kill", &[ParamKind::Role, ParamKind::Signal], ReturnType::Zero, By::Lab, "kill(2)"),
    row(Function::Link, "link", "link", &[ParamKind::Path, ParamKind::Path], ReturnType::Zero, By::Lab, "link(2)"),
    row(Function::Malloc, "malloc", "malloc", &[ParamKind::Size], ReturnType::Address, By::Actor, "malloc(3)"),
    row(Function::Memset, "memset", "fill", &[ParamKind::Address, ParamKind::Byte, ParamKind::Count], ReturnType::Nothing, By::Actor, "memset(3)"),
    row(Function::Mkdir, "mkdir", "mkdir", &[ParamKind::Path, ParamKind::Mode], ReturnType::Zero, By::Lab, "mkdir(2)"),
    row(Function::Mmap, "mmap", "mmap", &[ParamKind::Address, ParamKind::Size, ParamKind::Protection, ParamKind::MapFlags, ParamKind::Count, ParamKind::Count], ReturnType::Address, By::Actor, "mmap(2)"),
    row(Function::Msgctl, "msgctl", "msgctl", &[ParamKind::Id, ParamKind::Command, ParamKind::Null], ReturnType::Zero, By::Actor, "msgctl(2)"),
    row(Function::Msgget, "msgget", "msgget", &[ParamKind::Key, ParamKind::GetFlags], ReturnType::Id, By::Actor, "msgget(2)"),
    row(Function::Msgrcv, "msgrcv", "receive", &[ParamKind::Id, ParamKind::Address, ParamKind::Size, ParamKind::Count, ParamKind::Count], ReturnType::Number, By::Actor, "msgop(2)"),
    row(Function::Msgsnd, "msgsnd", "send", &[ParamKind::Id, ParamKind::Address, ParamKind::Size, ParamKind::Count], ReturnType::Zero, By::Actor, "msgop(2)"),
    row(Function::Pipe, "pipe", "pipe", &[ParamKind::Descriptors], ReturnType::Zero, By::Actor, "pipe(2)"),
    row(Function::Printf, "printf", "print", &[ParamKind::Text, ParamKind::Name], ReturnType::Text, By::Actor, "printf(3)"),
    row(Function::Puts, "puts", "read", &[ParamKind::Printed], ReturnType::Text, By::Actor, "puts(3)"),
    row(Function::Read, "read", "read", &[ParamKind::Descriptor, ParamKind::Address, ParamKind::Size], ReturnType::Number, By::Actor, "read(2)"),
    row(Function::Rename, "rename", "rename", &[ParamKind::Path, ParamKind::Path], ReturnType::Zero, By::Lab, "rename(2)"),
    row(Function::Save, "save", "save", &[ParamKind::Path], ReturnType::Nothing, By::Lab, "rename(2)"),
    row(Function::Seccomp, "seccomp", "filter", &[ParamKind::Text, ParamKind::Errno], ReturnType::Zero, By::Actor, "seccomp(2)"),
    row(Function::Semctl, "semctl", "semctl", &[ParamKind::Id, ParamKind::Count, ParamKind::Command], ReturnType::Zero, By::Actor, "semctl(2)"),
    row(Function::Semget, "semget", "semget", &[ParamKind::Key, ParamKind::Count, ParamKind::GetFlags], ReturnType::Id, By::Actor, "semget(2)"),
    row(Function::Semop, "semop", "semop", &[ParamKind::Id, ParamKind::Count, ParamKind::Count], ReturnType::Zero, By::Actor, "semop(2)"),
    row(Function::Setrlimit, "setrlimit", "limit", &[ParamKind::Limit, ParamKind::Count], ReturnType::Zero, By::Actor, "setrlimit(2)"),
    row(Function::Shmat, "shmat", "shmat", &[ParamKind::Id, ParamKind::Address, ParamKind::AtFlags], ReturnType::Address, By::Actor, "shmop(2)"),
    row(Function::Shmctl, "shmctl", "shmctl", &[ParamKind::Id, ParamKind::Command, ParamKind::Buffer], ReturnType::Zero, By::Actor, "shmctl(2)"),
    row(Function::Shmdt, "shmdt", "shmdt", &[ParamKind::Address], ReturnType::Zero, By::Actor, "shmop(2)"),
    row(Function::Shmget, "shmget", "shmget", &[ParamKind::Key, ParamKind::Size, ParamKind::GetFlags], ReturnType::Id, By::Actor, "shmget(2)"),
    row(Function::Strcpy, "strcpy", "write", &[ParamKind::Address, ParamKind::Text], ReturnType::Nothing, By::Actor, "strcpy(3)"),
    row(Function::Symlink, "symlink", "symlink", &[ParamKind::Path, ParamKind::Path], ReturnType::Zero, By::Lab, "symlink(2)"),
    row(Function::Tear, "tear", "torn reads", &[ParamKind::Address, ParamKind::Count], ReturnType::Text, By::Pair, "sem_overview(7)"),
    row(Function::Twins, "twins", "twins", &[ParamKind::Path, ParamKind::Path], ReturnType::Nothing, By::Lab, "ftok(3)"),
    row(Function::Umask, "umask", "umask", &[ParamKind::Mode], ReturnType::Mode, By::Actor, "umask(2)"),
    row(Function::Unlink, "unlink", "unlink", &[ParamKind::Path], ReturnType::Zero, By::Lab, "unlink(2)"),
    row(Function::Unshare, "unshare", "unshare", &[ParamKind::Namespaces], ReturnType::Zero, By::Actor, "unshare(2)"),
    row(Function::Usleep, "usleep", "sleep", &[ParamKind::Count], ReturnType::Zero, By::Actor, "usleep(3)"),
    row(Function::Wait, "wait", "wait", &[ParamKind::Null], ReturnType::Pid, By::Actor, "wait(2)"),
    row(Function::Write, "write", "write", &[ParamKind::Descriptor, ParamKind::Address, ParamKind::Size], ReturnType::Number, By::Actor, "write(2)"),
];

/// Calls that only a sandbox contains: lab keeps no record of what they make, so that outside
/// it would stay behind.
#[rustfmt::skip]
pub const SANDBOX_ONLY: &[Function] = &[
    Function::Churn, Function::Msgctl, Function::Msgget, Function::Msgrcv, Function::Msgsnd, Function::Semctl,
    Function::Semget, Function::Semop, Function::Unshare,
];

/// Calls that a `for` can make again and again: those that carry bytes.
pub const REPEATED: &[Function] = &[Function::Msgrcv, Function::Msgsnd, Function::Read, Function::Write];
/// The most times.
pub const MAX_TIMES: i64 = 10_000;

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
