//! A tracee's registers, where lab knows them: on x86-64. What they tell of a call is read, and a call is changed in the
//! three ways in which lab ever changes one: it fails, it is left out, or it is made again. On other machines nothing is
//! read, and every call is made as it is.

use super::Stopped;

/// Whether this machine has a known way to make a call fail.
pub const CAN_REFUSE: bool = cfg!(target_arch = "x86_64");

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::mem::offset_of;

    use libc::user_regs_struct;

    use super::Stopped;
    use crate::sys::proc;

    /// Calls that return EINTR after any signal, and that the kernel never makes again by itself (signal(7)).
    const NEVER_RESTARTED: [i64; 6] = [
        libc::SYS_semop,
        libc::SYS_semtimedop,
        libc::SYS_epoll_wait,
        libc::SYS_epoll_pwait,
        libc::SYS_epoll_pwait2,
        libc::SYS_rt_sigtimedwait,
    ];

    /// Signals that a process ignores if it has not said otherwise.
    const IGNORED: [i32; 3] = [libc::SIGCHLD, libc::SIGURG, libc::SIGWINCH];

    impl Stopped {
        fn all_registers(&self) -> Option<user_regs_struct> {
            // SAFETY: user_regs_struct is plain integers, for which all bytes zero is a value.
            let mut registers: user_regs_struct = unsafe { std::mem::zeroed() };
            // SAFETY: the kernel writes one user_regs_struct, and the pointer is to one.
            let done = unsafe { libc::ptrace(libc::PTRACE_GETREGS as _, self.tid, 0, &mut registers) };
            (done != -1).then_some(registers)
        }

        /// Writes a register, by its offset in the registers; whether that worked: not in a tracee that was killed
        /// meanwhile, which has nothing more to return.
        fn set_register(&self, register: usize, word: u64) -> bool {
            // SAFETY: the request writes one register of a stopped tracee and nothing into this process; the registers
            // come first in struct user.
            unsafe { libc::ptrace(libc::PTRACE_POKEUSER as _, self.tid, register, word) != -1 }
        }

        /// What the function that makes this call keeps in the first register that calls must not change: glibc's
        /// ftok has its project number there while it asks for the file's identity.
        pub fn kept(&self) -> Option<u64> {
            self.all_registers().map(|registers| registers.rbx)
        }

        /// Its registers by DWARF's numbers, the instruction last: the order of the x86-64 ABI.
        pub fn registers(&self) -> Option<[u64; 17]> {
            self.all_registers().map(|r| {
                [
                    r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi, r.rbp, r.rsp, r.r8, r.r9, r.r10, r.r11, r.r12,
                    r.r13, r.r14, r.r15, r.rip,
                ]
            })
        }

        /// The call that a signal interrupts, if it interrupts one.
        pub fn interrupted_call(&self) -> Option<i64> {
            self.all_registers().map(|registers| registers.orig_rax.cast_signed()).filter(|call| *call >= 0)
        }

        /// Has the call that is about to be made fail with this errno; whether it will. The program sees a call that
        /// failed and nothing else. Only for a check of a task that asks for it.
        pub fn refuse(&self, errno: i32) -> bool {
            // The kernel skips a call with the number -1, and then rax holds its result (seccomp(2)).
            self.set_register(offset_of!(user_regs_struct, orig_rax), u64::MAX)
                && self.set_register(offset_of!(user_regs_struct, rax), (-i64::from(errno)).cast_unsigned())
        }

        /// At the stop before this signal: has the call that it ended made again, where nothing but the tracer let the
        /// signal in. The kernel hands a tracer every signal, also one that the program ignores and that would not have
        /// reached it otherwise, and a few calls then return EINTR, semop() among them.
        pub fn sleep_on(&self, signal: i32) {
            /// How long the instruction is that makes a call.
            const SYSCALL: u64 = 2;
            let Some(registers) = self.all_registers() else { return };
            let call = registers.orig_rax.cast_signed();
            let interrupted = registers.rax.cast_signed() == -i64::from(libc::EINTR);
            if interrupted && NEVER_RESTARTED.contains(&call) && ignores(self.tid, signal) {
                self.set_register(offset_of!(user_regs_struct, rax), registers.orig_rax);
                self.set_register(offset_of!(user_regs_struct, rip), registers.rip.wrapping_sub(SYSCALL));
            }
        }
    }

    /// Whether this signal does nothing to a process: it has set no handler, and ignores the signal or leaves it to the
    /// kernel, which does.
    fn ignores(tid: i32, signal: i32) -> bool {
        let status = proc::proc_text(tid, "status").unwrap_or_default();
        let has = |name: &str| {
            let mask = proc::field(&status, name).and_then(|mask| u64::from_str_radix(mask, 16).ok());
            mask.is_some_and(|mask| mask & 1 << (signal - 1) != 0)
        };
        has("SigIgn:") || (IGNORED.contains(&signal) && !has("SigCgt:"))
    }
}

/// The same where the registers are not known.
#[cfg(not(target_arch = "x86_64"))]
impl Stopped {
    pub fn kept(&self) -> Option<u64> {
        None
    }

    pub fn registers(&self) -> Option<[u64; 17]> {
        None
    }

    pub fn interrupted_call(&self) -> Option<i64> {
        None
    }

    pub fn refuse(&self, _errno: i32) -> bool {
        false
    }

    pub fn sleep_on(&self, _signal: i32) {}
}

impl Stopped {
    /// Lets it go on as if the call of this stop had been made and had returned 0. For sleeps while orders are played, and
    /// for nothing else. On other machines than x86-64 the filter answers such a call itself.
    pub fn skip_call(self) {
        self.refuse(0);
        self.resume(0);
    }
}
