//! The C entry point. Rust's own start-up aborts the process when a signal action can't be set, before any of
//! our code runs, and a tool about failing calls must survive one. What it does besides is done here: closed
//! standard streams are opened on /dev/null, so that no file or socket of ours lands on them, and a panic
//! unwinds to here, through every destructor.

use std::sync::atomic::{AtomicU8, Ordering};

use nix::fcntl::{FcntlArg, OFlag, fcntl, open};
use nix::sys::stat::Mode;

/// One bit for each standard stream that was closed when we were started.
static OPENED: AtomicU8 = AtomicU8::new(0);

/// The C `main` that runs this function, which returns the exit status.
macro_rules! entry {
    ($program:path) => {
        // Called by libc.
        #[cfg(not(test))]
        #[allow(unsafe_code)]
        // SAFETY: the name and the signature are C's for a program's start, and nothing else in this program has them.
        #[unsafe(no_mangle)]
        pub extern "C" fn main(_argc: libc::c_int, _argv: *const *const libc::c_char) -> libc::c_int {
            $crate::sys::start::enter($program)
        }
    };
}
pub(crate) use entry;

/// What comes before the program and after it.
#[cfg_attr(test, expect(dead_code, reason = "tests have an entry point of their own"))]
pub fn enter(program: fn() -> u8) -> libc::c_int {
    super::signals::hold_if_first();
    open_streams();
    std::panic::catch_unwind(program).map_or(101, libc::c_int::from)
}

/// Opens /dev/null on each standard stream that is closed: open(2) takes the lowest number.
fn open_streams() {
    for number in 0..=2 {
        // SAFETY: the descriptor is only borrowed for the question whether it is open.
        let stream = unsafe { std::os::fd::BorrowedFd::borrow_raw(number) };
        if fcntl(stream, FcntlArg::F_GETFD).is_err()
            && let Ok(null) = open("/dev/null", OFlag::O_RDWR, Mode::empty())
        {
            std::mem::forget(null);
            OPENED.fetch_or(1 << number, Ordering::SeqCst);
        }
    }
}

/// Closes them again, in a child that becomes a program which must find things as we found them.
pub fn close_streams() {
    for stream in (0..=2).filter(|stream| OPENED.load(Ordering::SeqCst) & (1 << stream) != 0) {
        let _ = nix::unistd::close(stream);
    }
}
