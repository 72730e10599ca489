//! A call that an ignored signal has ended under a tracer goes on. The kernel hands a tracer every signal, also one that
//! the program ignores and that would not have reached it otherwise, and a few calls, semop() among them, then return
//! EINTR. Such a call is made again, as the kernel does with most others by itself. Where a machine has no known way, the
//! program gets its EINTR.

#[cfg(target_arch = "x86_64")]
use super::proc;
use super::ptrace::Stopped;

/// Calls that return EINTR after any signal, and that the kernel never makes again by itself (signal(7)).
#[cfg(target_arch = "x86_64")]
const NEVER_RESTARTED: [i64; 6] = [
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_epoll_wait,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_rt_sigtimedwait,
];

/// Signals that a process ignores if it has not said otherwise.
#[cfg(target_arch = "x86_64")]
const IGNORED: [i32; 3] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH];

impl Stopped {
    /// At the stop before this signal: has the call that it ended made again, where nothing but the tracer let it in.
    #[cfg(target_arch = "x86_64")]
    pub fn sleep_on(&self, signal: i32) {
        /// How long the instruction is that makes a call.
        const SYSCALL: u64 = 2;
        let Some(registers) = self.all_registers() else { return };
        let call = registers.orig_rax.cast_signed();
        let interrupted = registers.rax.cast_signed() == -i64::from(libc::EINTR);
        if !interrupted || !NEVER_RESTARTED.contains(&call) || !ignores(self.tid(), signal) {
            return;
        }
        let put = |offset: usize, word: u64| {
            // SAFETY: the request writes one register of a stopped tracee and nothing into this process.
            unsafe { libc::ptrace(libc::PTRACE_POKEUSER as _, self.tid(), offset, word) };
        };
        put(std::mem::offset_of!(libc::user_regs_struct, rax), registers.orig_rax);
        put(std::mem::offset_of!(libc::user_regs_struct, rip), registers.rip.wrapping_sub(SYSCALL));
    }

    /// See above.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn sleep_on(&self, _signal: i32) {}

    /// The call that a signal interrupts, if it interrupts one. None on other machines.
    #[cfg(target_arch = "x86_64")]
    pub fn interrupted_call(&self) -> Option<i64> {
        self.all_registers().map(|registers| registers.orig_rax.cast_signed()).filter(|call| *call >= 0)
    }

    /// See above.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn interrupted_call(&self) -> Option<i64> {
        None
    }
}

/// Whether this signal does nothing to a process: it has set no handler, and ignores the signal or leaves it to the kernel,
/// which does.
#[cfg(target_arch = "x86_64")]
fn ignores(tid: i32, signal: i32) -> bool {
    let status = proc::proc_text(tid, "status").unwrap_or_default();
    let has = |name: &str| {
        let mask = proc::field(&status, name).and_then(|mask| u64::from_str_radix(mask, 16).ok());
        mask.is_some_and(|mask| mask & 1 << (signal - 1) != 0)
    };
    has("SigIgn:") || (IGNORED.contains(&signal) && !has("SigCgt:"))
}
