//! The terminal: the mode in which a key counts without Enter. The old mode always comes back:
//! by the destructor, and by the guard if this process is killed.

use std::fs::File;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::termios::{self, FlowArg, FlushArg, LocalFlags, SetArg, SpecialCharacterIndices, Termios};
use nix::unistd::Pid;

/// Whether keys can be asked for: both standard input and output are a terminal.
pub fn interactive() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Rows and columns of the terminal behind a standard stream; none where there is none or it doesn't know.
pub fn size() -> Option<(u16, u16)> {
    terminal_size::terminal_size().map(|(columns, rows)| (rows.0, columns.0)).filter(|(rows, _)| *rows > 0)
}

/// The terminal's mode before and during a run.
#[derive(Debug, Clone)]
pub struct Modes {
    before: Termios,
    keys: Termios,
}

impl Modes {
    /// Reads the mode of the terminal behind standard input.
    pub fn read() -> Option<Modes> {
        let before = termios::tcgetattr(io::stdin().as_fd()).ok()?;
        let mut keys = before.clone();
        // Signals stay with the terminal: Ctrl-C works even while a step runs.
        keys.local_flags.remove(LocalFlags::ICANON | LocalFlags::ECHO);
        keys.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        keys.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        Some(Modes { before, keys })
    }

    /// From now on keys count one by one. What was typed before is kept.
    pub fn keys(&self) {
        let _ = termios::tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &self.keys);
    }

    /// The mode as it was found.
    pub fn restore(&self) {
        let _ = termios::tcsetattr(io::stdin().as_fd(), SetArg::TCSANOW, &self.before);
    }

    /// For the guard: puts the old mode back if the terminal is still in ours. A shell that has taken the
    /// terminal over meanwhile has set its own, and keeps it.
    pub fn restore_if_left(&self) {
        if termios::tcgetattr(io::stdin().as_fd()).is_ok_and(|now| same(&now, &self.keys)) {
            self.restore();
        }
    }
}

/// The terminal of a process that traces a program, and its mode before the program ran.
#[derive(Debug)]
pub struct SavedModes {
    terminal: File,
    before: Termios,
}

impl SavedModes {
    /// Of our controlling terminal; none where there is none, or where another job has it now, whose mode it is.
    pub fn read() -> Option<SavedModes> {
        let flags = libc::O_NOCTTY | libc::O_NONBLOCK;
        let terminal = File::options().read(true).write(true).custom_flags(flags).open("/dev/tty").ok()?;
        let before = termios::tcgetattr(&terminal).ok()?;
        holds(super::process::own_pid()).then_some(SavedModes { terminal, before })
    }

    /// Puts the mode back and lets output go on, unless another job than this process's has the terminal.
    pub fn restore_for(&self, pid: i32) {
        if !holds(pid) {
            return;
        }
        // From the background of a group that is gone this would be answered with a SIGTTOU.
        let old = SigSet::from(Signal::SIGTTOU).thread_swap_mask(SigmaskHow::SIG_BLOCK);
        let _ = termios::tcsetattr(&self.terminal, SetArg::TCSANOW, &self.before);
        let _ = termios::tcflow(&self.terminal, FlowArg::TCOON);
        let _ = old.map(|old| old.thread_set_mask());
    }
}

/// Whether a process's group has its terminal in the foreground, or a group that is gone has.
fn holds(pid: i32) -> bool {
    let Ok(stat) = super::proc::Stat::of(pid) else { return false };
    let (Some(group), Some(front)) = (stat.field::<i32>(5), stat.field(8)) else { return false };
    let gone = || nix::sys::signal::killpg(Pid::from_raw(front), None) == Err(nix::Error::ESRCH);
    front == group || (front > 1 && gone())
}

/// Whether two modes are one, by their fields: nix's own comparison also looks at a copy that it brings up to
/// date only when a mode is set.
fn same(one: &Termios, other: &Termios) -> bool {
    let flags = |mode: &Termios| (mode.input_flags, mode.output_flags, mode.control_flags, mode.local_flags);
    flags(one) == flags(other) && one.control_chars == other.control_chars
}

/// Makes us the terminal's foreground again, after a shell that had taken it and may have died of it.
pub fn take_back() {
    // From the background this call is answered with a SIGTTOU unless that is blocked.
    let only = SigSet::from(Signal::SIGTTOU);
    let _ = only.thread_block();
    let _ = nix::unistd::tcsetpgrp(io::stdin().as_fd(), nix::unistd::getpgrp());
    let _ = only.thread_unblock();
}

/// Forgets keys that were typed while lab did not ask for any.
pub fn forget_typed() {
    let _ = termios::tcflush(io::stdin().as_fd(), FlushArg::TCIFLUSH);
}
