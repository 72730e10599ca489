//! Findings about who has a segment attached: the own attachment that nattch counts too, and segments that
//! were removed and kept attached.

use super::{Detail, Found, calls, int};
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall::{Exit, Shmat, Shmctl};
use crate::trace::{How, Life, Story};

/// From this many segments on it is not a tail of a program that ends, but memory that grows.
const MANY: u64 = 8;

/// IPC_STAT by the only process that has a segment, which then does not remove it, nor does another.
pub fn own_counted(story: &Story) -> Vec<Found> {
    let asked = calls(story, Shmctl).filter_map(|event| match event.seen().meaning {
        Some(Meaning::RecordRead { shmid, attaches, own, .. }) if own > 0 && attaches == own => {
            let life =
                story.life(shmid).filter(|life| life.made && life.marked.is_none() && life.left.is_some())?;
            let detail = Detail::OwnAttachCounted { user: event.role.clone(), shmid: life.shmid, own };
            let found = || Found::new(detail, vec![event.seen().number], Some(event.pid), Some(shmid));
            (!story.cut && decided(story, event, life)).then(found)
        }
        _ => None,
    });
    asked.collect()
}

/// Whether the answer may have kept the process from removing the segment. One that a signal ended had no chance to; one
/// that only prints the record and detaches leaves a segment with a key to others.
fn decided(story: &Story, asked: &Event, life: &Life) -> bool {
    let Some(process) = story.process(asked.pid) else { return false };
    let went_on = || {
        let mut mine = process.attaches.all().filter(|attach| attach.shmid == life.shmid);
        let later = |at: Option<usize>| at > Some(asked.seen().number);
        mine.any(|attach| attach.closed.is_some_and(|closed| closed.how == How::Shmdt && later(closed.event)))
    };
    matches!(process.ended, Some(Outcome::Exited(_))) && (life.key == libc::IPC_PRIVATE || !went_on())
}

/// Segments that were removed while a process had them attached, and that it never detached.
pub fn kept(story: &Story) -> Vec<Found> {
    let many = story.processes.iter().filter(|process| process.kept.0 >= MANY);
    let found = many.filter_map(|process| {
        let (segments, bytes) = process.kept;
        let mine = |event: &&Event| event.pid == process.pid;
        let removal = |event: &&Event| int(event, 1) == libc::IPC_RMID;
        let mut events: Vec<usize> =
            calls(story, Shmat).filter(mine).take(1).map(|event| event.seen().number).collect();
        let first = calls(story, Shmctl).filter(mine).find(removal).map(|event| event.seen().number);
        events.extend(first);
        events.extend(calls(story, Exit).filter(mine).map(|event| event.seen().number));
        let detail = Detail::KeptAttached { user: process.role.clone(), segments, bytes };
        let kept = !events.is_empty();
        kept.then(|| Found { place: first, ..Found::new(detail, events, Some(process.pid), None) })
    });
    found.collect()
}
