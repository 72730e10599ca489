//! The verdict over a whole run: right, right by accident, wrong, or that lab can't say, and then why. Nothing is called
//! right after a call that was refused for good, a time limit, a kill, or a call that lab could not see. No word is chosen
//! here.

use serde::Serialize;

use super::refused::{Refusal, refusals};
use super::{Detail, Diagnosis, Level, rights};
use crate::constants;
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;
use crate::trace::{End, Process, Story, Unseen};

/// What is said of a run, as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    Right,
    RightByAccident,
    Wrong,
    CantSay,
}

/// Why lab can't say whether a run was right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Doubt {
    /// The time was up before the program ended.
    TimeLimit,
    /// lab did not run, and its watchdog ended the program.
    LabStopped,
    /// A process died of a signal.
    Killed { role: String, signal: i32 },
    /// A filter kills whoever makes this call; none: it is not known which call.
    CallForbidden { role: String, call: Option<String> },
    /// A call that failed and that nothing made up for; `more`: how many more of them there were.
    Refused { refusal: Refusal, more: usize },
    /// Calls by other numbers than the machine's own.
    Undecoded { calls: u64 },
    /// A program for another architecture.
    Architecture { program: String },
    /// A process in an IPC namespace of its own, whose segments can't be looked at.
    Namespace { role: String },
    /// A filter of the program's own answers these calls, and they don't come to lab.
    Filter { role: String, calls: Vec<String> },
    /// A process that hid from lab, for a time or for good.
    NotFollowed,
    /// The user root was let through where the mode refuses everybody else.
    Privileged { role: String, call: String },
    /// Two processes computed for long while both could write, and nothing makes them take turns.
    Unordered { one: String, other: String, shmid: i32 },
    /// An attachment came before a removal, and whether anything made it come first, no trace sees.
    AttachRace { user: String, by: String, shmid: i32 },
    /// A process found nothing in its segment, and what another program wrote is in one with another key.
    Apart { reader: String, empty: i32, writer: String, filled: i32 },
    /// No segment was attached.
    NothingAttached,
    /// No call about System V shared memory was made.
    NoCall,
}

/// The verdict, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub verdict: Judgement,
    /// The findings that made it so, by name.
    pub because_of: Vec<&'static str>,
    /// What lab can't say.
    pub doubts: Vec<Doubt>,
    /// How many calls about shared memory there were, and how many of them failed.
    pub calls: u64,
    pub failed: u64,
}

/// Judges a run by what was found in it.
pub fn judge(story: &Story, end: &End, found: &[Diagnosis]) -> Verdict {
    let doubts = doubts(story, end, found);
    let named = |level: Level| -> Vec<&'static str> {
        found.iter().filter(|diagnosis| diagnosis.level == level).map(|diagnosis| diagnosis.name).collect()
    };
    let (mistakes, accidents) = (named(Level::Mistake), named(Level::RightByAccident));
    let (verdict, because_of) = match (mistakes.is_empty(), doubts.is_empty(), accidents.is_empty()) {
        (false, ..) => (Judgement::Wrong, mistakes),
        (true, false, _) => (Judgement::CantSay, Vec::new()),
        (true, true, false) => (Judgement::RightByAccident, accidents),
        (true, true, true) => (Judgement::Right, Vec::new()),
    };
    let calls = TracedCall::SHARED_MEMORY.iter().filter_map(|call| story.counted.get(call)).sum();
    Verdict { verdict, because_of, doubts, calls, failed: story.failed }
}

/// Everything that keeps lab from calling this run right.
fn doubts(story: &Story, end: &End, found: &[Diagnosis]) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let cut = matches!(end, End::TimedOut(_));
    doubts.extend(cut.then_some(Doubt::TimeLimit));
    let calls = story.undecoded.calls;
    doubts.extend((calls > 0).then_some(Doubt::Undecoded { calls }));
    // A segment whose maker is not known is explained by such calls.
    let open = |what: &&Unseen| calls == 0 || !matches!(what, Unseen::Segment { .. });
    doubts.extend(story.unseen.iter().filter(open).filter_map(unseen));
    if !cut {
        doubts.extend(story.processes.iter().filter_map(|process| killed(story, process, found)));
    }
    let mut refused = refusals(story, found).into_iter();
    if let Some(refusal) = refused.next() {
        doubts.push(Doubt::Refused { refusal, more: refused.count() });
    }
    doubts.extend(rights::root_only(story).map(|(role, call)| Doubt::Privileged { role, call }));
    doubts.extend(found.iter().find_map(|diagnosis| match &diagnosis.detail {
        Detail::UnorderedWriters { user, other, shmid, busy: true } => {
            Some(Doubt::Unordered { one: user.clone(), other: other.clone(), shmid: *shmid })
        }
        Detail::AttachRace { user, shmid, by, may_look: true } => {
            Some(Doubt::AttachRace { user: user.clone(), by: by.role.clone(), shmid: *shmid })
        }
        Detail::EmptySegment { maker, shmid, apart: Some(apart) } => Some(Doubt::Apart {
            reader: maker.clone(),
            empty: *shmid,
            writer: apart.writer.clone(),
            filled: apart.filled,
        }),
        _ => None,
    }));
    doubts.extend(nothing(story, found, doubts.is_empty()));
    doubts.dedup();
    doubts
}

fn unseen(what: &Unseen) -> Option<Doubt> {
    Some(match what {
        Unseen::Namespace { role, .. } => Doubt::Namespace { role: role.clone() },
        Unseen::Architecture { program } => Doubt::Architecture { program: program.clone() },
        Unseen::LabStopped { .. } => Doubt::LabStopped,
        Unseen::Filtered { role, calls, .. } => Doubt::Filter { role: role.clone(), calls: calls.clone() },
        Unseen::KilledInClone { .. }
        | Unseen::PidNamespace { .. }
        | Unseen::NotFollowed { .. }
        | Unseen::FollowedLate { .. }
        | Unseen::Segment { .. } => Doubt::NotFollowed,
        Unseen::LeftBehind | Unseen::NoFilter { .. } | Unseen::NoWatchdog { .. } | Unseen::WatchdogLost => {
            return None;
        }
    })
}

/// A process that a signal ended before it could do what it was written for. One that was asked to end has ended as it
/// should, unless it was the program's first.
fn killed(story: &Story, process: &Process, found: &[Diagnosis]) -> Option<Doubt> {
    let Some(Outcome::Died { signal, .. }) = process.ended.clone().filter(|_| !process.cut) else {
        return None;
    };
    let role = process.role.clone();
    if signal == libc::SIGSYS {
        let call = process.forbidden.map(constants::system_call);
        return Some(Doubt::CallForbidden { role, call });
    }
    // A crash that a finding explains is not a riddle.
    let explained = |fault: usize| found.iter().any(|diagnosis| diagnosis.evidence.contains(&fault));
    if process.fault.is_some_and(explained) {
        return None;
    }
    let asked = matches!(signal, libc::SIGTERM | libc::SIGINT | libc::SIGHUP | libc::SIGPIPE);
    let first = story.processes.first().is_some_and(|first| first.pid == process.pid);
    let has_segments = process.attaches.all().next().is_some()
        || story
            .events
            .iter()
            .any(|event| event.pid == process.pid && event.is_one_of(&TracedCall::SHARED_MEMORY));
    (first || (!asked && has_segments)).then_some(Doubt::Killed { role, signal })
}

/// Where nothing was done of which a mistake could show. `only`: no other doubt was found, which would say more.
fn nothing(story: &Story, found: &[Diagnosis], only: bool) -> Option<Doubt> {
    let made = |call: &TracedCall| story.counted.get(call).is_some_and(|times| *times > 0);
    if !TracedCall::SHARED_MEMORY.iter().any(made) {
        return only.then_some(Doubt::NoCall);
    }
    let attached = story.lives.iter().any(|life| life.attaches > 0) || story.passed > 0;
    let quiet = only && found.iter().all(|diagnosis| diagnosis.level == Level::Remark);
    (!attached && quiet).then_some(Doubt::NothingAttached)
}
