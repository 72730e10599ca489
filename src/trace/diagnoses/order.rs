//! Two processes that may write at the same time. No tracer sees a store, so this is never more than a remark: the
//! attaches overlap, something was written, and neither program has any means of making the other wait.

use super::super::{Attach, Process};
use super::binary::Binary;
use super::{Found, calls, line_of};
use crate::lesson::{Outcome, Value};
use crate::trace::Story;

/// An attach for writing, and from which event to which it lasted.
struct Span<'a> {
    process: &'a Process,
    attach: &'a Attach,
    from: usize,
    to: usize,
}

/// Overlapping attaches for writing that nothing orders.
pub fn unordered(story: &Story) -> Vec<Found> {
    let mut found = Vec::new();
    for life in &story.lives {
        // A first look that costs nothing: most segments have one writer, or nothing in them.
        if life.attached_by.len() < 2 || life.begins.iter().all(|byte| *byte == 0) {
            continue;
        }
        let spans: Vec<Span<'_>> = spans(story, life.shmid);
        let pair = spans.iter().enumerate().find_map(|(at, one)| {
            spans[at + 1..].iter().find(|other| together(story, one, other)).map(|other| (one, other))
        });
        let Some((one, other)) = pair else { continue };
        let means = format!(
            "{} and {} had segment {} attached for writing at the same time, and neither has a semaphore, a lock, a pipe or anything else that makes one wait for the other. If both write, writes get lost. (Whether both do, no trace can see.)",
            one.process.role, other.process.role, life.shmid
        );
        let events = [one.from, other.from].into_iter().filter(|number| *number < story.events.len());
        found.push(Found {
            means,
            events: events.collect(),
            place: None,
            pid: Some(one.process.pid),
            segment: Some(life.shmid),
        });
    }
    found
}

fn spans(story: &Story, shmid: i32) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    for process in &story.processes {
        let mine = process.attaches.iter().filter(|attach| attach.shmid == shmid && !attach.read_only);
        spans.extend(mine.filter_map(|attach| {
            let from = if attach.inherited { birth(story, process.pid)? } else { attach.event? };
            let to = match attach.closed {
                Some(closed) => closed.event?,
                None => usize::MAX,
            };
            Some(Span { process, attach, from, to })
        }));
    }
    spans
}

/// The event in which a process was made.
fn birth(story: &Story, pid: i32) -> Option<usize> {
    let births = ["fork", "clone", "vfork"].into_iter().flat_map(|function| calls(story, function));
    let mut births = births.filter(|event| event.outcome == Outcome::Returned(Value::Pid(pid)));
    births.next().map(|event| event.seen().number)
}

/// Whether two attaches lasted at the same time, in two processes that nothing orders.
fn together(story: &Story, one: &Span<'_>, other: &Span<'_>) -> bool {
    let (a, b) = (one.process, other.process);
    if a.memory == b.memory || one.from >= other.to || other.from >= one.to {
        return false;
    }
    let related = line_of(story, a.pid).contains(&b.pid) || line_of(story, b.pid).contains(&a.pid);
    [a, b].iter().all(|process| {
        // A parent that waits for its child comes after it, as far as it cares to.
        Binary::read(&process.program).is_some_and(|binary| !(binary.orders() || related && binary.waits()))
    }) && one.attach.shmid == other.attach.shmid
}
