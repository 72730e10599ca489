//! What the watchdog behind the tracer has to do with a trace: when it is sent home, what it says, and how a
//! trace ends whose program it had to end.

use std::time::Instant;

use super::unseen::{AtTimeout, Unseen};
use super::{End, Tracer};
use crate::sys::terminal::SavedModes;
use crate::sys::watchdog::{Watchdog, Why};
use crate::sys::{board, errno_of, process, signal_forwarding};
use crate::text::Safe;

/// What the tracer knows of its watchdog.
#[derive(Debug)]
pub struct TraceWatchdog {
    watchdog: Option<Watchdog>,
    terminal: Option<SavedModes>,
}

impl TraceWatchdog {
    /// Without a watchdog yet.
    pub fn new() -> TraceWatchdog {
        TraceWatchdog { watchdog: None, terminal: SavedModes::read() }
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

    /// There is nobody left to be watched for.
    pub fn dismiss(&mut self) {
        self.watchdog.iter_mut().for_each(Watchdog::dismiss);
    }

    /// Why it has ended the program, if it has.
    pub fn cut(&self) -> Option<Why> {
        self.watchdog.as_ref()?.acted()
    }

    /// After a program that did not end by itself: the terminal's mode as it was before it.
    pub fn restore_terminal(&self) {
        self.terminal.iter().for_each(|terminal| terminal.restore_for(process::own_pid()));
    }
}

impl Tracer<'_> {
    /// How it ended, if it was the watchdog that ended the program.
    pub(super) fn cut(&mut self) -> Option<End> {
        let why = self.watched.cut()?;
        Some(match why {
            Why::Deadline => End::TimedOut(vec![AtTimeout::LabStopped]),
            Why::Signal(signal) => {
                self.story.unseen.push(Unseen::LabStopped { signal });
                End::Killed(signal)
            }
        })
    }

    /// Something has ended the watchdog before its time.
    pub(super) fn watchdog_lost(&mut self) {
        self.watched.watchdog.iter_mut().for_each(Watchdog::forget);
        self.story.unseen.push(Unseen::WatchdogLost);
    }

    /// A tick: the watchdog may see that lab goes on, and which signals are not handed on yet.
    pub(super) fn take_turn(&mut self) {
        let before = board::waiting();
        self.hand_on();
        board::turn(before, self.to_hand_on.iter().copied());
    }

    /// Sends the first process what was sent to us, unless it came by it without us meanwhile.
    fn hand_on(&mut self) {
        let noted: Vec<i32> = self.to_hand_on.drain().collect();
        let first = self.alive().find(|pid| *pid == self.first);
        for signal in noted {
            board::handed(signal);
            match first {
                Some(pid) => process::send(pid, signal),
                // What it has left running is all there is of the program.
                None => self.alive().for_each(|pid| process::send(pid, signal)),
            }
        }
        self.to_hand_on.extend(signal_forwarding::sent());
    }
}
