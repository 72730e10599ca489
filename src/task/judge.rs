//! What a play came to, against what a check claims: everything that does not hold, as data. Pure.

use super::{Ended, Finding, Left, Played, Ran};
use crate::facts::event::Source;
use crate::lesson::claim::{Claim, Compared};
use crate::lesson::task::Check;
use crate::orders::step::Fate;

/// Something that is not as the check wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub found: Found,
    /// The line of the program that shows it.
    pub place: Option<Source>,
}

/// What was found instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It was to print this, and printed that.
    Printed { role: String, wanted: String, printed: Vec<u8> },
    /// It was not to print this.
    PrintedAnyway { role: String, text: String },
    /// It was to end with this status, or with another one.
    Exited { role: String, wanted: Compared, status: i32, ended: Ended, complained: Vec<u8> },
    /// It was to print something, wherever.
    Silent { role: String },
    /// A signal has ended it.
    Crashed { role: String, signal: i32 },
    /// This number of segments was to be left, or another one.
    Segments { wanted: Compared, number: usize, left: Vec<Left> },
    /// The same of sets of semaphores.
    Semaphores { wanted: Compared, number: usize, left: usize },
    /// The tracer has found what the check never wants.
    Finding(Finding),
    /// The time was up. `waiting`: programs whose turn would have come after these.
    Late { seconds: u64, still: Vec<String>, waiting: Vec<String> },
    /// More than a program may print.
    PrintedTooMuch { role: String },
    /// A program of the play could not be run.
    Unrunnable { role: String, errno: i32 },
    /// Processes that went on when their programs had ended.
    Stayed(usize),
    /// No process could go on: the role of each, and what it waits for.
    Stuck(Vec<(String, Fate)>),
    /// This number of orders was begun, and none came to its end.
    NoOrderEnded { begun: usize },
    /// The call that was to fail was never made.
    NeverCalled { role: String, call: String, nth: u32 },
}

/// Everything of a play that a check does not want; nothing: it passes.
pub fn judge(check: &Check, played: &Played) -> Vec<Broken> {
    let mut broken = ended_early(played);
    // What follows from a play that was cut off says nothing more.
    if broken.is_empty() {
        let hold = check.hold.iter().filter_map(|(_, claim)| claimed(claim, played));
        broken.extend(hold);
        let never = |finding: &&Finding| check.never.contains(&finding.name);
        broken.extend(
            played.findings.iter().filter(never).map(|finding| Broken {
                place: finding.place.clone(),
                found: Found::Finding(finding.clone()),
            }),
        );
        if let Some(fault) = check.fail.as_ref().filter(|_| !played.failed) {
            let (role, call, nth) = (fault.role.clone(), fault.call.clone(), fault.nth);
            broken.insert(0, Broken { found: Found::NeverCalled { role, call, nth }, place: None });
        }
    }
    broken
}

fn ended_early(played: &Played) -> Vec<Broken> {
    let without = |found| Broken { found, place: None };
    let mut broken = Vec::new();
    if let Some((seconds, still)) = &played.late {
        let waiting = played.programs.iter().filter(|ran| ran.ended == Ended::NotStarted);
        let waiting = waiting.map(|ran| ran.role.clone()).collect();
        broken.push(without(Found::Late { seconds: *seconds, still: still.clone(), waiting }));
    }
    for ran in &played.programs {
        let role = ran.role.clone();
        match ran.ended {
            Ended::Killed(libc::SIGXFSZ) => broken.push(without(Found::PrintedTooMuch { role })),
            Ended::Unrunnable(errno) => broken.push(without(Found::Unrunnable { role, errno })),
            _ => {}
        }
    }
    if let Some(tried) = played.tried.as_ref().filter(|tried| !tried.stuck.is_empty()) {
        broken.push(without(Found::Stuck(tried.stuck.clone())));
    }
    if let Some(tried) = played.tried.as_ref().filter(|tried| tried.none) {
        broken.push(without(Found::NoOrderEnded { begun: tried.cut }));
    }
    if played.stayed > 0 {
        broken.push(without(Found::Stayed(played.stayed)));
    }
    broken
}

fn claimed(claim: &Claim, played: &Played) -> Option<Broken> {
    let of = |role: &String| {
        let role = role.clone();
        played.programs.iter().filter(move |ran| ran.role == role)
    };
    let broken = |found, place| Some(Broken { found, place });
    match claim {
        Claim::Prints { role, text } => {
            let wanted = played.values.fill(text);
            let ran = of(role).find(|ran| !holds(&ran.printed, &wanted))?;
            let (role, printed) = (role.clone(), ran.printed.clone());
            broken(Found::Printed { role, wanted, printed }, ran.crash.clone())
        }
        Claim::PrintsNot { role, text } => {
            let text = played.values.fill(text);
            of(role).find(|ran| holds(&ran.printed, &text))?;
            broken(Found::PrintedAnyway { role: role.clone(), text }, None)
        }
        Claim::Exits { role, compared, status } => {
            let fits = |ran: &&Ran| match (compared, ran.ended) {
                (Compared::Is, Ended::Exited(found)) => found == *status,
                (Compared::IsNot, Ended::Exited(found)) => found != *status,
                _ => false,
            };
            let ran = of(role).find(|ran| !fits(ran))?;
            let (role, wanted, ended) = (role.clone(), *compared, ran.ended);
            let complained = ran.complained.clone();
            broken(Found::Exited { role, wanted, status: *status, ended, complained }, ran.crash.clone())
        }
        Claim::Says { role } => {
            let says = |bytes: &[u8]| bytes.iter().any(|byte| !byte.is_ascii_whitespace());
            of(role).find(|ran| !says(&ran.printed) && !says(&ran.complained))?;
            broken(Found::Silent { role: role.clone() }, None)
        }
        Claim::NoCrash { role } => of(role).find_map(|ran| match ran.ended {
            Ended::Killed(signal) => broken(Found::Crashed { role: role.clone(), signal }, ran.crash.clone()),
            _ => None,
        }),
        Claim::Segments { compared: wanted, number } => {
            let left = &played.segments;
            let place = left.iter().find_map(|left| left.place.clone());
            let found = Found::Segments { wanted: *wanted, number: *number, left: left.clone() };
            broken(found, place).filter(|_| differs(*wanted, *number, left.len()))
        }
        Claim::Semaphores { compared: wanted, number } => {
            let left = played.semaphores;
            let found = Found::Semaphores { wanted: *wanted, number: *number, left };
            broken(found, None).filter(|_| differs(*wanted, *number, left))
        }
    }
}

fn differs(wanted: Compared, number: usize, found: usize) -> bool {
    (wanted == Compared::Is) != (number == found)
}

fn holds(printed: &[u8], text: &str) -> bool {
    printed.windows(text.len().max(1)).any(|window| window == text.as_bytes())
}
