//! Calls that the kernel refused, and whether the program made up for it: with a later call that worked, or because the
//! refusal was the answer it was after. What nothing made up for keeps a run from being called right.

use serde::Serialize;

use super::{Diagnosis, Level, failed, int};
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{
    self, Ftok, Msgget, Semctl, Semget, Shmat, Shmctl, Shmdt, Shmget,
};
use crate::trace::Story;

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub role: String,
    pub call: String,
    pub errno: i32,
    /// `file.c:12`, where it is known.
    pub place: Option<String>,
}

/// Calls whose refusal counts.
const COUNTED: [TracedCall; 8] = [Shmget, Shmat, Shmdt, Shmctl, Semget, Semctl, Msgget, Ftok];

/// Findings that say of a refusal that it did no harm.
const HARMLESS: [&str; 1] = ["removed-twice"];

/// The refused calls that no finding explains and nothing made up for.
pub fn refusals(story: &Story, found: &[Diagnosis]) -> Vec<Refusal> {
    let explains = |diagnosis: &&Diagnosis| {
        diagnosis.level != Level::Remark || diagnosis.because.is_some() || HARMLESS.contains(&diagnosis.name)
    };
    let explained =
        |number: usize| found.iter().filter(explains).any(|diagnosis| diagnosis.evidence.contains(&number));
    let refused = story.events.iter().filter(|event| event.is_one_of(&COUNTED));
    let open = refused.filter(|event| {
        failed(event).is_some() && !explained(event.seen().number) && !made_up_for(story, event)
    });
    open.filter_map(refusal).collect()
}

fn refusal(event: &Event) -> Option<Refusal> {
    let (role, call, errno) = (event.role.clone(), event.call.clone(), failed(event)?);
    Some(Refusal { role, call, errno, place: event.seen().source.as_ref().map(ToString::to_string) })
}

/// Whether the program went another way after this refusal, or had asked a question to which it is an answer.
pub fn made_up_for(story: &Story, event: &Event) -> bool {
    let Some(errno) = failed(event) else { return true };
    if event.is_one_of(&[Shmget, Semget, Msgget]) {
        return got_one_later(story, event, errno) || removed_it_itself(story, event, None);
    }
    if event.is(Shmctl) {
        let gone = matches!(event.seen().meaning, Some(Meaning::NoSegment { removal: Some(_), .. }));
        // What was to be removed is gone: that another process did it harms no process here.
        if int(event, 1) == libc::IPC_RMID && gone {
            return true;
        }
        return removed_it_itself(story, event, Some(int(event, 0)));
    }
    false
}

/// Whether the same process got a segment (or a set) of this key later, or, told that one exists, made another one.
fn got_one_later(story: &Story, event: &Event, errno: i32) -> bool {
    let (number, key) = (event.seen().number, int(event, 0));
    // Where the flags are.
    let flags = if event.is(Msgget) { 1 } else { 2 };
    story.events.iter().any(|later| {
        let same =
            || int(later, 0) == key || (errno == libc::EEXIST && int(later, flags) & libc::IPC_CREAT != 0);
        later.seen().number > number
            && later.pid == event.pid
            && later.function == event.function
            && failed(later).is_none()
            && same()
    })
}

/// Whether this process removed before what it now looks for: by its identifier, or by its key.
fn removed_it_itself(story: &Story, event: &Event, shmid: Option<i32>) -> bool {
    let gone = |errno: i32| matches!(errno, libc::ENOENT | libc::EINVAL | libc::EIDRM);
    let key = int(event, 0);
    let same = |removal: &Event| match shmid {
        Some(shmid) => int(removal, 0) == shmid,
        None => made_with(story, int(removal, 0), key),
    };
    failed(event).is_some_and(gone)
        && story.before(event.seen().number, event.pid).any(|removal| {
            removal.is(Shmctl)
                && int(removal, 1) == libc::IPC_RMID
                && failed(removal).is_none()
                && same(removal)
        })
}

/// Whether a shmget with this key returned this identifier.
fn made_with(story: &Story, shmid: i32, key: i32) -> bool {
    key != libc::IPC_PRIVATE
        && story.events.iter().any(|event| {
            event.is(Shmget) && int(event, 0) == key && event.outcome == Outcome::Returned(Value::Id(shmid))
        })
}
