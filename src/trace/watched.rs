//! What the watchdog behind the tracer has to do with a trace: when it is sent home, what it says, and how a
//! trace ends whose program it had to end.

use std::time::Instant;

use super::{End, Tracer};
use crate::constants;
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

    /// Starts the watchdog; what is to be said where there is none.
    pub fn start(&mut self, deadline: Option<Instant>) -> Option<String> {
        match Watchdog::start(deadline, self.terminal.as_ref(), words) {
            Ok(watchdog) => {
                self.watchdog = Some(watchdog);
                None
            }
            Err(error) => {
                let errno = constants::errno(errno_of(&error));
                Some(format!(
                    "lab has no watchdog here ({errno}): a program that stops lab itself would keep it from its time limit and from signals."
                ))
            }
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

/// What the watchdog says when it has to end lab as well.
fn words(why: Why) -> Safe {
    let what = match why {
        Why::Deadline => "the time limit has passed".to_owned(),
        Why::Signal(signal) => format!("{} has come", constants::signal(signal)),
    };
    let said = format!("{what}, and lab did not get to it: its watchdog ends lab and the program");
    Safe::line(&said).after("lab: ").ended()
}

/// What is told of a program that the watchdog has ended.
pub fn kept_from(what: &str) -> String {
    format!(
        "lab itself was kept from running, perhaps by the program, and did not {what}: its watchdog ended the program"
    )
}

impl Tracer<'_> {
    /// How it ended, if it was the watchdog that ended the program.
    pub(super) fn cut(&mut self) -> Option<End> {
        match self.watched.cut()? {
            Why::Deadline => Some(End::TimedOut(vec![kept_from("see the time limit pass")])),
            Why::Signal(signal) => {
                let what = format!("hand {} on", constants::signal(signal));
                self.story.unseen.push(kept_from(&what) + ".");
                Some(End::Killed(signal))
            }
        }
    }

    /// Something has ended the watchdog before its time.
    pub(super) fn watchdog_lost(&mut self) {
        self.watched.watchdog.iter_mut().for_each(Watchdog::forget);
        self.story.unseen.push(
            "Something killed lab's watchdog: from then on a program that stops lab itself could keep it from its time limit and from signals.".into(),
        );
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
