//! The mark that an actor sets before and after a step's call, so that the tracer of its system calls knows which of
//! them are the step's.

/// The mark: a getppid with an argument, which the kernel ignores.
pub(super) const MARK: (libc::c_long, u64) = (libc::SYS_getppid, 0x6c61_626d);

/// Does `work` between two marks.
pub fn marked<T>(work: impl FnOnce() -> T) -> T {
    mark();
    let done = work();
    mark();
    done
}

pub fn mark() {
    // SAFETY: getppid takes no argument and touches no memory; the one passed is not looked at.
    unsafe { libc::syscall(MARK.0, MARK.1) };
}
