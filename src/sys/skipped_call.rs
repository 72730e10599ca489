//! A call that a tracee is about to make and does not: it returns 0 at once. For sleeps while orders are played, and for
//! nothing else. On other machines than x86-64 the filter answers such a call itself.

use super::ptrace::Stopped;

impl Stopped {
    /// Lets it go on as if the call of this stop had been made and had returned 0.
    pub fn skip_call(self) {
        #[cfg(target_arch = "x86_64")]
        {
            let registers = std::mem::offset_of!(libc::user, regs);
            let orig_rax = registers + std::mem::offset_of!(libc::user_regs_struct, orig_rax);
            let rax = registers + std::mem::offset_of!(libc::user_regs_struct, rax);
            // No call has the number -1, so the kernel skips it and leaves the return value as it is.
            for (register, value) in [(orig_rax, u64::MAX), (rax, 0)] {
                // SAFETY: the request writes one register of a stopped tracee and nothing into this process; a tracee
                // that was killed meanwhile refuses it, and has nothing more to return.
                unsafe { libc::ptrace(libc::PTRACE_POKEUSER as _, self.tid(), register, value) };
            }
        }
        self.resume(0);
    }
}
