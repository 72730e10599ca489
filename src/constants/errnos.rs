//! Errnos and what each means for a call, in plain words. The words say what Linux does where the manual differs.

use super::{Name, name_or, numbered, row};

/// Error numbers that the calls of the notation can return.
pub const ERRNOS: &[Name] = &[
    of_libc!(EPERM, "not permitted: only the owner, the creator or a privileged process may"),
    of_libc!(ENOENT, "no such thing"),
    of_libc!(ESRCH, "no such process"),
    of_libc!(EINTR, "interrupted by a signal"),
    of_libc!(EIO, "input or output error"),
    of_libc!(E2BIG, "too much of it"),
    of_libc!(EBADF, "not an open file"),
    of_libc!(ECHILD, "no such child"),
    of_libc!(EAGAIN, "not now: a limit is reached, try again later"),
    of_libc!(ENOMEM, "no memory, or no room in the address space"),
    of_libc!(EACCES, "permission denied by the mode bits"),
    of_libc!(EFAULT, "bad address"),
    of_libc!(EEXIST, "it exists already"),
    of_libc!(ENOTDIR, "a part of the path is not a directory"),
    of_libc!(EISDIR, "it is a directory"),
    of_libc!(EINVAL, "invalid argument"),
    of_libc!(ENFILE, "the machine has too many open files"),
    of_libc!(EMFILE, "this process has too many open files"),
    of_libc!(EFBIG, "the file would become too big"),
    of_libc!(ENOSPC, "no space is left"),
    of_libc!(EROFS, "the file system is read-only"),
    of_libc!(ERANGE, "out of range"),
    of_libc!(ENAMETOOLONG, "the path is too long"),
    of_libc!(ENOSYS, "this kernel or sandbox has no such call"),
    of_libc!(ELOOP, "too many symbolic links"),
    of_libc!(EIDRM, "the identifier was removed while the call was under way"),
    of_libc!(EOVERFLOW, "the value does not fit"),
];

/// What an errno means for one call: `(call, errno, plain words)`. Read before [`ERRNOS`].
const MEANINGS: &[(&str, i32, &str)] = &[
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

/// Answers that say something about the machine and nothing about the program: a call and its errnos.
const MACHINE_ERRNOS: [(&str, &[i32]); 4] = [
    ("shmget", &[libc::ENOSYS, libc::EPERM, libc::ENOSPC, libc::ENOMEM]),
    ("shmat", &[libc::ENOSYS, libc::EPERM, libc::ENOMEM]),
    ("shmdt", &[libc::ENOSYS, libc::EPERM]),
    ("shmctl", &[libc::ENOSYS]),
];

/// Whether this answer says something about the machine and nothing about the program.
pub fn machine_says_no(call: &str, errno: i32) -> bool {
    MACHINE_ERRNOS.iter().any(|(name, errnos)| *name == call && errnos.contains(&errno))
}

/// `EINVAL` for 22, `errno 999` for a number without a row.
pub fn errno(number: i32) -> String {
    name_or(ERRNOS, number.into(), "errno")
}

/// What an errno of this call means, in plain words.
pub fn meaning(call: &str, number: i32) -> &'static str {
    let of_call = MEANINGS.iter().find(|(name, errno, _)| *name == call && *errno == number);
    match of_call {
        Some((_, _, plain)) => plain,
        None => numbered(ERRNOS, number.into()).map_or("an error without a name here", |row| row.plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_has_its_own_words_for_an_errno() {
        assert_eq!(meaning("shmdt", libc::EINVAL), "no segment is attached at exactly this address");
        assert_eq!(meaning("fork", libc::EINVAL), "invalid argument");
        assert_eq!(errno(9999), "errno 9999");
    }
}
