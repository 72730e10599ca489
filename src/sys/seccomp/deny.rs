//! A seccomp filter that refuses one call of this process with an errno, as a container or an old kernel would.
//! Only an actor puts one on, for a lesson; it can't be taken off again.

use super::bpf;
use crate::sys::errno_of;

/// System V shared memory's calls by name, with their numbers on this machine.
const CALLS: [(&str, libc::c_long); 4] = [
    ("shmget", libc::SYS_shmget),
    ("shmat", libc::SYS_shmat),
    ("shmdt", libc::SYS_shmdt),
    ("shmctl", libc::SYS_shmctl),
];

/// From now on this process gets `errno` for every call of this name. EINVAL: the name has no number.
pub fn refuse(call: &str, errno: i32) -> Result<(), i32> {
    let number = CALLS.iter().find(|(name, _)| *name == call).map(|(_, number)| *number);
    let number = number.and_then(|number| u32::try_from(number).ok()).ok_or(libc::EINVAL)?;
    nix::sys::prctl::set_no_new_privs().map_err(|error| error as i32)?;
    let fails = libc::SECCOMP_RET_ERRNO | (errno.cast_unsigned() & libc::SECCOMP_RET_DATA);
    let mut rows = vec![bpf::load(bpf::NUMBER)];
    rows.extend(bpf::row(number, &[], fails, libc::SECCOMP_RET_ALLOW));
    rows.push(bpf::answer(libc::SECCOMP_RET_ALLOW));
    bpf::install(&mut rows).map_err(|error| errno_of(&error))
}
