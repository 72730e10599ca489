//! Keeps a process and all it starts from signalling or tracing any other process: a Landlock domain that forbids
//! nothing else. It can't be taken off again. Older kernels have none.

use std::io;

use super::checked;

/// struct landlock_ruleset_attr: file and network rights that are handled, and what is kept inside.
#[repr(C)]
struct Rules {
    files: u64,
    network: u64,
    scoped: u64,
}

/// LANDLOCK_SCOPE_SIGNAL, and the version of the interface that has it: Linux 6.12.
const SIGNALS: u64 = 1 << 1;
const VERSION: u32 = 6;

/// Whether this kernel has such domains.
pub fn available() -> bool {
    interface() >= Some(VERSION)
}

/// The version of Landlock's interface, if this kernel has any.
pub fn interface() -> Option<u32> {
    /// LANDLOCK_CREATE_RULESET_VERSION.
    const ASK: u32 = 1;
    let none = std::ptr::null::<Rules>();
    // SAFETY: without a ruleset the kernel reads nothing and answers with a number.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, 0_usize, ASK) };
    u32::try_from(version).ok().filter(|version| *version > 0)
}

/// Puts this process into such a domain. Without privileges the kernel wants PR_SET_NO_NEW_PRIVS first. ENOSYS or
/// EOPNOTSUPP: the kernel has none.
pub fn enter() -> io::Result<()> {
    let rules = Rules { files: 0, network: 0, scoped: SIGNALS };
    // SAFETY: the kernel reads one ruleset of the size that the call says, and the pointer is to one.
    let fd = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, &raw const rules, size_of::<Rules>(), 0_u32)
    };
    let fd = checked(fd)?;
    // SAFETY: it takes a descriptor and a number and touches no memory.
    let enter = || checked(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, fd, 0_u32) }).map(|_| ());
    let done = enter().or_else(|_| {
        nix::sys::prctl::set_no_new_privs()?;
        enter()
    });
    // SAFETY: the kernel has made this descriptor here, and nothing uses its number again.
    unsafe { libc::close(fd as i32) };
    done
}
