//! A seccomp filter that refuses one call of this process with an errno, as a container or an old kernel would.
//! Only an actor puts one on, for a lesson; it can't be taken off again.

use std::io;

/// System V shared memory's calls by name, with their numbers on this machine.
const CALLS: [(&str, libc::c_long); 4] = [
    ("shmget", libc::SYS_shmget),
    ("shmat", libc::SYS_shmat),
    ("shmdt", libc::SYS_shmdt),
    ("shmctl", libc::SYS_shmctl),
];

/// Whether this kernel has filters.
pub fn available() -> bool {
    std::path::Path::new("/proc/sys/kernel/seccomp/actions_avail").exists()
}

/// From now on this process gets `errno` for every call of this name.
///
/// # Errors
/// prctl(2)'s errno; EINVAL for a name without a number.
pub fn refuse(call: &str, errno: i32) -> Result<(), i32> {
    let number = CALLS.iter().find(|(name, _)| *name == call).map(|(_, number)| *number);
    let number = number.and_then(|number| u32::try_from(number).ok()).ok_or(libc::EINVAL)?;
    let answer = libc::SECCOMP_RET_ERRNO | (errno.cast_unsigned() & libc::SECCOMP_RET_DATA);
    let step = |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter { code: code as u16, jt, jf, k };
    // Load the call's number, which is the first field of struct seccomp_data; compare; answer.
    let mut steps = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 0, 1, number),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, answer),
        step(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: steps.as_mut_ptr() };
    nix::sys::prctl::set_no_new_privs().map_err(|error| error as i32)?;
    // SAFETY: the kernel copies the program, whose four steps live until the call returns.
    let done = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) };
    if done == -1 { Err(super::errno_of(&io::Error::last_os_error())) } else { Ok(()) }
}
