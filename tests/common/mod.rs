//! The harness: the built binary, run as a student would run it, and judged by what the kernel says afterwards.
//!
//! A [`Desk`] is a student's place: a folder with a HOME, a TMPDIR and a state folder of its own, and an IPC
//! namespace of its own where this machine gives one, so that tests run in parallel and meet nobody's segments.
//! `Desk::new().lab(["step-through", "--no-pause"])` (or [`lab`]) is a command; `run()` runs it to its end,
//! `start()` keeps it in hand with pipes, `on_terminal(rows, columns)` puts it on a pseudo-terminal.
//!
//! Strict by default. Every run has a deadline; it ends only when every process it started is gone (each holds
//! a fifo open, and its end of file is waited for); then the kernel's table of segments must be what it was, and
//! TMPDIR and the folder of records must be empty. What a run printed has to be looked at:
//! `.run().succeeds().prints(whole)`, `.run().fails(2).says(whole)`; a stream that is not named must be empty.
//!
//! Transcripts are in tests/transcripts, with pids, keys, addresses and the like replaced by numbered
//! placeholders ([`mask`]). After a change of the texts, `LAB_BLESS=1 cargo test` writes them anew; read the
//! difference before committing it.
//!
//! The harness never forks by itself, waits for events and not for time, and skips, with a printed reason, what
//! the machine does not allow.

#![allow(dead_code, reason = "tools for tests that come and go")]

pub mod desk;
pub mod mask;
pub mod run;
pub mod tools;
pub mod transcript;

pub use desk::Desk;
#[allow(unused_imports, reason = "tools for tests that come and go")]
pub use run::{Lab, Live, Run, Status, Told, soon};

use std::io::Write;
use std::time::{Duration, Instant};

/// No run takes longer, or it counts as hung.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A command at a desk of its own.
pub fn lab<const N: usize>(args: [&str; N]) -> Lab {
    Desk::new().lab(args)
}

/// Says that something can't be tested here, and why; past the test harness, which would hide it.
pub fn skip(why: &str) {
    let name = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "skipped in part: {name}: {why}");
}

/// Looks again and again until `holds`, where no event tells of it.
#[track_caller]
pub fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + DEADLINE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether the tests run as root.
pub fn root() -> bool {
    nix::unistd::geteuid().is_root()
}
