//! Signals while lab traces a program. The terminal sends its signals to the program as well, so lab ignores them. A
//! signal that was sent to lab alone is recorded, to be forwarded. A timer wakes every wait, so that no recorded
//! signal waits long. Handlers only record.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::board;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// How often a wait is woken.
pub const TICK: Duration = Duration::from_millis(100);

const HANDED_ON: [Signal; 6] =
    [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT, Signal::SIGUSR1, Signal::SIGUSR2];

/// One bit a signal.
static SENT: AtomicU64 = AtomicU64::new(0);

/// A tick has passed.
static TICKED: AtomicBool = AtomicBool::new(false);

extern "C" fn note(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo.
    let code = unsafe { (*info).si_code };
    if signal == libc::SIGALRM {
        TICKED.store(true, Ordering::SeqCst);
    } else {
        board::came(signal);
        if code <= 0 {
            // The terminal's signals come from the kernel, those that were sent to lab alone from a process.
            SENT.fetch_or(1 << signal, Ordering::SeqCst);
        }
    }
}

/// Takes over, once the program is started. What was ignored when we were started stays ignored.
pub fn stand() {
    let handler = SigHandler::SigAction(note);
    for signal in HANDED_ON.into_iter().filter(|signal| !super::signals::ignored(*signal)) {
        set(signal, handler);
    }
    set(Signal::SIGPIPE, SigHandler::SigIgn);
    set(Signal::SIGXFSZ, SigHandler::SigIgn);
    set(Signal::SIGALRM, handler);
    silence_stops();
    let _ = SigSet::from_iter(HANDED_ON.into_iter().chain([Signal::SIGALRM])).thread_unblock();
    let tick = libc::timeval { tv_sec: 0, tv_usec: TICK.as_micros() as libc::suseconds_t };
    let timer = libc::itimerval { it_interval: tick, it_value: tick };
    // SAFETY: setitimer reads one itimerval, and the pointer is to one.
    unsafe { libc::setitimer(libc::ITIMER_REAL, &timer, std::ptr::null_mut()) };
}

/// Has the kernel send no SIGCHLD for a tracee's stops: a wait sees them without, and there may be thousands.
fn silence_stops() {
    let action = SigAction::new(SigHandler::SigDfl, SaFlags::SA_NOCLDSTOP, SigSet::empty());
    // SAFETY: no handler of ours is involved, only the kernel's own.
    let _ = unsafe { sigaction(Signal::SIGCHLD, &action) };
}

fn set(signal: Signal, handler: SigHandler) {
    // No SA_RESTART: the wait shall end.
    let action = SigAction::new(handler, SaFlags::SA_SIGINFO, SigSet::empty());
    // SAFETY: the handler is `note`, which touches atomics alone, or the kernel's own.
    let _ = unsafe { sigaction(signal, &action) };
}

/// Whether a tick has passed since this was asked last.
pub fn ticked() -> bool {
    TICKED.swap(false, Ordering::SeqCst)
}

/// The signals noted since this was asked last.
pub fn sent() -> impl Iterator<Item = i32> {
    let noted = SENT.swap(0, Ordering::SeqCst);
    (1..64).filter(move |signal| noted & (1 << signal) != 0)
}
