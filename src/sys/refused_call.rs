//! Making a traced program's call fail: at the stop before it, lab has the kernel skip the call and return an errno
//! instead. The program sees a call that failed and nothing else. Only for a check of a task that asks for it; where a
//! machine has no known way, the call is made as it is.

use super::ptrace::Stopped;

impl Stopped {
    /// Has the call that is about to be made fail with this errno; whether it will.
    #[cfg(target_arch = "x86_64")]
    pub fn refuse(&self, errno: i32) -> bool {
        let put = |offset: usize, word: i64| {
            // SAFETY: the request writes one register of a stopped tracee and nothing into this process.
            unsafe { libc::ptrace(libc::PTRACE_POKEUSER as _, self.tid(), offset, word) != -1 }
        };
        // The kernel skips a call with the number -1, and then rax holds its result (seccomp(2)).
        put(std::mem::offset_of!(libc::user_regs_struct, orig_rax), -1)
            && put(std::mem::offset_of!(libc::user_regs_struct, rax), -i64::from(errno))
    }

    /// See above.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn refuse(&self, _errno: i32) -> bool {
        false
    }
}

/// Whether this machine has a known way.
pub const CAN_REFUSE: bool = cfg!(target_arch = "x86_64");
