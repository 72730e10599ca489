//! What the watchdog behind the tracer has to do with a trace: when it is sent home, which signals it
//! sees handed on, and how a trace ends whose program it had to end.

use std::collections::HashSet;
use std::time::Instant;

use super::story::Unseen;
use super::{AtTimeout, End};
use crate::sys::terminal::SavedModes;
use crate::sys::watchdog::{Watchdog, Why};
use crate::sys::{board, errno_of, process, signal_forwarding};
use crate::text::Safe;

/// What the tracer knows of its watchdog.
#[derive(Debug)]
pub struct TraceWatchdog {
    watchdog: Option<Watchdog>,
    terminal: Option<SavedModes>,
    /// Signals sent to us, to be handed on at the next tick unless the program gets them by itself.
    to_hand_on: HashSet<i32>,
}

impl TraceWatchdog {
    /// Without a watchdog yet.
    pub fn new() -> TraceWatchdog {
        TraceWatchdog { watchdog: None, terminal: SavedModes::read(), to_hand_on: HashSet::new() }
    }

    /// Starts the watchdog, which says `words` when it has to end lab as well; what is to be said where there is none.
    pub fn start(&mut self, deadline: Option<Instant>, words: fn(Why) -> Safe) -> Option<Unseen> {
        match Watchdog::start(deadline, self.terminal.as_ref(), words) {
            Ok(watchdog) => {
                self.watchdog = Some(watchdog);
                None
            }
            Err(error) => Some(Unseen::NoWatchdog { errno: errno_of(&error) }),
        }
    }

    /// Whether this was the watchdog's process.
    pub fn was(&self, pid: i32) -> bool {
        self.watchdog.as_ref().and_then(Watchdog::pid) == Some(pid)
    }

    /// The watched process has ended, and needs no watcher.
    pub fn dismiss(&mut self) {
        self.watchdog.iter_mut().for_each(Watchdog::dismiss);
    }

    /// Something has ended it before its time: what is to be said of that.
    pub fn lost(&mut self) -> Unseen {
        self.watchdog.iter_mut().for_each(Watchdog::forget);
        Unseen::WatchdogLost
    }

    /// Why it has ended the program, if it has.
    pub fn acted(&self) -> Option<Why> {
        self.watchdog.as_ref()?.acted()
    }

    /// How the program ended, if it was the watchdog that ended it; what can't be seen for that goes to `unseen`.
    pub fn end(&self, unseen: &mut Vec<Unseen>) -> Option<End> {
        match self.acted()? {
            Why::Deadline => Some(End::TimedOut(vec![AtTimeout::LabStopped])),
            Why::Signal(signal) => {
                unseen.push(Unseen::LabStopped { signal });
                Some(End::Killed(signal))
            }
        }
    }

    /// A tick: hands on to these processes what was sent to us, unless the program came by it without us meanwhile.
    /// The watchdog may see that lab goes on, and which signals are not handed on yet.
    pub fn turn(&mut self, heirs: &[i32]) {
        let before = board::waiting();
        for signal in self.to_hand_on.drain() {
            board::handed(signal);
            heirs.iter().for_each(|pid| process::send(*pid, signal));
        }
        self.to_hand_on.extend(signal_forwarding::sent());
        board::turn(before, self.to_hand_on.iter().copied());
    }

    /// The program has got this signal.
    pub fn came_by(&mut self, signal: i32) {
        self.to_hand_on.remove(&signal);
    }

    /// After a program that did not end by itself: the terminal's mode as it was before it.
    pub fn restore_terminal(&self) {
        self.terminal.iter().for_each(|terminal| terminal.restore_for(process::own_pid()));
    }
}
