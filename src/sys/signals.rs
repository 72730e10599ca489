//! Signals only leave a note. They are blocked everywhere but in [`wait`], so that nothing is ever interrupted
//! half-way, and the main loop reads the notes and cleans up. No work is done in a handler.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};
use nix::sys::time::TimeSpec;

/// Signals that end a run, in the order in which they are reported.
pub const ENDING: [Signal; 4] = [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT];

/// One bit a signal.
static NOTED: AtomicU64 = AtomicU64::new(0);

extern "C" fn note(signal: libc::c_int) {
    NOTED.fetch_or(1 << signal, Ordering::SeqCst);
}

/// The first process of a container has no default actions: a signal that ends it is dropped until there is a handler,
/// but one that is blocked waits. So they are blocked from the first line on, and [`take_over`] takes what came.
pub fn hold_if_first() {
    if nix::unistd::getpid().as_raw() == 1 {
        let _ = SigSet::from_iter(ENDING).thread_block();
    }
}

/// Undoes [`hold_if_first`], for a program that must find things as we found them.
pub fn let_go_if_first() {
    if nix::unistd::getpid().as_raw() == 1 {
        let _ = SigSet::from_iter(ENDING).thread_unblock();
    }
}

/// Takes over the signals of the main process. A signal that was ignored when we were started (nohup, a background job)
/// stays ignored; SIGCHLD is always wanted, whatever was inherited.
pub fn take_over(stop_key: bool) {
    // A stop has to give the terminal back first, and another size has to be laid out for.
    let keys: &[Signal] = if stop_key { &[Signal::SIGTSTP, Signal::SIGWINCH] } else { &[] };
    let mut blocked: SigSet = ENDING.iter().chain(keys).copied().filter(|signal| !ignored(*signal)).collect();
    blocked.add(Signal::SIGCHLD);
    blocked.iter().for_each(|signal| set(signal, SigHandler::Handler(note)));
    // A full pipe, a full disk and a file size limit are errors of a write, to be reported as such.
    set(Signal::SIGPIPE, SigHandler::SigIgn);
    set(Signal::SIGXFSZ, SigHandler::SigIgn);
    let _ = blocked.thread_set_mask();
}

fn set(signal: Signal, handler: SigHandler) {
    let action = SigAction::new(handler, SaFlags::empty(), SigSet::empty());
    // SAFETY: the handlers installed here are `note`, which touches one atomic, or the kernel's own. A failure
    // leaves the default action, and then the guard does what the handler would have led to.
    let _ = unsafe { sigaction(signal, &action) };
}

/// Whether this process ignores the signal.
pub fn ignored(signal: Signal) -> bool {
    // SAFETY: all zero bytes are a valid sigaction; the call with a null new action only reads the old one.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(signal as i32, std::ptr::null(), &mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
    }
}

/// A child's first act: no notes, no handlers, nothing blocked.
pub fn reset_in_child() {
    NOTED.store(0, Ordering::SeqCst);
    use Signal::{SIGCHLD, SIGPIPE, SIGTSTP, SIGWINCH, SIGXFSZ};
    let others = [SIGCHLD, SIGTSTP, SIGWINCH, SIGPIPE, SIGXFSZ];
    ENDING.into_iter().chain(others).for_each(|signal| set(signal, SigHandler::SigDfl));
    let _ = SigSet::empty().thread_set_mask();
}

/// Has the kernel take the statuses of children that end.
pub fn forget_children() {
    set(Signal::SIGCHLD, SigHandler::SigIgn);
}

/// Blocks everything that can be blocked: for the guard, which nothing but SIGKILL may stop.
pub fn block_all() {
    let _ = SigSet::all().thread_set_mask();
}

/// The signal that ends this run, if one has come.
pub fn ending() -> Option<i32> {
    let noted = NOTED.load(Ordering::SeqCst);
    ENDING.into_iter().map(|signal| signal as i32).find(|signal| noted & (1 << signal) != 0)
}

/// Whether Ctrl-Z was typed since the last time this was asked.
pub fn stop_asked() -> bool {
    came(libc::SIGTSTP)
}

/// Whether the window has got another size since the last time this was asked.
pub fn resized() -> bool {
    came(libc::SIGWINCH)
}

fn came(signal: i32) -> bool {
    let bit = 1 << signal;
    NOTED.fetch_and(!bit, Ordering::SeqCst) & bit != 0
}

/// Forgets these signals if they have come.
pub fn forget(signals: &[i32]) {
    let bits = signals.iter().fold(0, |bits, signal| bits | 1 << signal);
    NOTED.fetch_and(!bits, Ordering::SeqCst);
}

/// Stops this process as Ctrl-Z does by default; returns when it is continued.
pub fn stop() {
    set(Signal::SIGTSTP, SigHandler::SigDfl);
    let only = SigSet::from(Signal::SIGTSTP);
    let _ = nix::sys::signal::raise(Signal::SIGTSTP);
    let _ = only.thread_unblock();
    let _ = only.thread_block();
    set(Signal::SIGTSTP, SigHandler::Handler(note));
}

/// Dies of a signal, so that the process that waits for us sees what happened. As pid 1 of a container a process
/// can't: the exit status says it then.
pub fn die_of(signal: i32) -> ! {
    if let Ok(signal) = Signal::try_from(signal) {
        set(signal, SigHandler::SigDfl);
        let _ = nix::sys::signal::raise(signal);
        let _ = SigSet::from(signal).thread_unblock();
    }
    super::status::exit_now(128 + signal)
}

/// Why [`wait`] came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Woken {
    Ready,
    Timeout,
    /// A signal was noted, or the wait was cut short: ask [`ending`], look again.
    Signal,
}

/// Waits until `fd` is ready or the deadline passes. Signals arrive here and nowhere else.
pub fn wait(fd: Option<(BorrowedFd<'_>, PollFlags)>, deadline: Option<Instant>) -> io::Result<Woken> {
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    let mut fds: Vec<PollFd> = fd.map(|(fd, flags)| PollFd::new(fd, flags)).into_iter().collect();
    match ppoll(&mut fds, left.map(TimeSpec::from_duration), Some(SigSet::empty())) {
        Ok(0) => Ok(Woken::Timeout),
        Ok(_) => Ok(Woken::Ready),
        Err(nix::Error::EINTR) => Ok(Woken::Signal),
        Err(error) => Err(error.into()),
    }
}

/// Lets noted signals arrive without waiting.
pub fn check() -> Option<i32> {
    let _ = wait(None, Some(Instant::now()));
    ending()
}

/// A moment from now.
pub fn after(time: Duration) -> Instant {
    Instant::now() + time
}
