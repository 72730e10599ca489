//! How a process ends: what is known of another's end, and our own at once.

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Exited(i32),
    Killed(i32),
    /// It is gone, and its status was taken elsewhere.
    Unknown,
}

/// Ends this process at once: no destructors, no buffers.
pub fn exit_now(status: i32) -> ! {
    // SAFETY: _exit(2) does not return and runs nothing of ours.
    unsafe { libc::_exit(status) }
}
