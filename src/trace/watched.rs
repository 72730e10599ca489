//! What the watchdog behind the tracer has to do with a trace: when it is sent home, what it says, which signals it
//! sees handed on, and how a trace ends whose program it had to end.

use std::collections::HashSet;
use std::time::Instant;

use super::End;
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
    /// Signals sent to us, to be handed on at the next tick unless the program gets them by itself.
    to_hand_on: HashSet<i32>,
}

impl TraceWatchdog {
    /// Without a watchdog yet.
    pub fn new() -> TraceWatchdog {
        TraceWatchdog { watchdog: None, terminal: SavedModes::read(), to_hand_on: HashSet::new() }
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

    /// Something has ended it before its time: what is to be said of that.
    pub fn lost(&mut self) -> String {
        self.watchdog.iter_mut().for_each(Watchdog::forget);
        "Something killed lab's watchdog: from then on a program that stops lab itself could keep it from its time limit and from signals.".into()
    }

    /// Why it has ended the program, if it has.
    fn cut(&self) -> Option<Why> {
        self.watchdog.as_ref()?.acted()
    }

    /// What is told of a program that it has ended because lab did not see the time limit pass.
    pub fn kept_from_deadline(&self) -> Option<String> {
        (self.cut()? == Why::Deadline).then(|| kept_from("see the time limit pass"))
    }

    /// How the program ended, if it was the watchdog that ended it; what can't be seen for that goes to `unseen`.
    pub fn end(&self, unseen: &mut Vec<String>) -> Option<End> {
        match self.cut()? {
            Why::Deadline => self.kept_from_deadline().map(|why| End::TimedOut(vec![why])),
            Why::Signal(signal) => {
                unseen.push(kept_from(&format!("hand {} on", constants::signal(signal))) + ".");
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
fn kept_from(what: &str) -> String {
    format!(
        "lab itself was kept from running, perhaps by the program, and did not {what}: its watchdog ended the program"
    )
}
