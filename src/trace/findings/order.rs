//! Two processes that may write at the same time. No tracer sees a store, so this is never more than a remark: the
//! attaches overlap, something was written, and neither program has any means of making the other wait.

use super::binary::Programs;
use super::{Detail, Found, calls, line_of};
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{Clone, Fork, Vfork};
use crate::trace::{Attach, Life, Process, Story};

/// This many attachments of one segment are compared with each other.
const MAX_COMPARED: usize = 100;

/// How many nanoseconds of computing are long: starting, forking and waiting take less.
const LONG: u64 = 2_000_000;

/// An attachment for writing, and from which event to which it lasted.
struct Span<'a> {
    process: &'a Process,
    from: usize,
    to: usize,
    /// Whether its program can wait for a child.
    waits: bool,
}

/// Overlapping attaches for writing that nothing orders.
pub fn unordered(story: &Story) -> Vec<Found> {
    let mut found = Vec::new();
    let mut programs = Programs::default();
    // A first look that costs nothing: most segments have one writer, or nothing in them.
    let shared = |life: &&Life| life.attached_by.len() > 1 && life.begins.iter().any(|byte| *byte != 0);
    for life in story.lives.iter().filter(shared).take(MAX_COMPARED) {
        let spans = spans(story, life.shmid, &mut programs);
        let pair = spans.iter().enumerate().find_map(|(at, one)| {
            spans[at + 1..].iter().find(|other| together(story, one, other)).map(|other| (one, other))
        });
        let Some((one, other)) = pair else { continue };
        let (first, busy) = (one.process, busy(one, other));
        let (user, second) = (first.role.clone(), other.process.role.clone());
        let detail = Detail::UnorderedWriters { user, other: second, shmid: life.shmid, busy };
        let events = [one.from, other.from].into_iter().filter(|number| story.event(*number).is_some());
        found.push(Found::new(detail, events.collect(), Some(first.pid), Some(life.shmid)));
    }
    found
}

fn spans<'a>(story: &'a Story, shmid: i32, programs: &mut Programs<'a>) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    for process in &story.processes {
        let mut mine = process.attaches.all().filter(|attach| attach.shmid == shmid && !attach.read_only);
        let Some(attach) = mine.next() else { continue };
        let Some(binary) = programs.unordered(&process.program) else { continue };
        let all = [attach].into_iter().chain(mine);
        spans.extend(all.filter_map(|attach| span(story, process, attach, binary.waits)));
        if spans.len() >= MAX_COMPARED {
            break;
        }
    }
    spans
}

fn span<'a>(story: &Story, process: &'a Process, attach: &Attach, waits: bool) -> Option<Span<'a>> {
    let from = if attach.inherited { birth(story, process.pid)? } else { attach.event? };
    let to = match attach.closed {
        Some(closed) => closed.event?,
        None => usize::MAX,
    };
    Some(Span { process, from, to, waits })
}

/// The event in which a process was made; none for the first one.
pub fn birth(story: &Story, pid: i32) -> Option<usize> {
    let mut births = [Fork, Clone, Vfork].into_iter().flat_map(|call| calls(story, call));
    births.find(|event| event.outcome == Outcome::Returned(Value::Pid(pid))).map(|event| event.seen().number)
}

/// Whether two attachments lasted at the same time, in two processes of which none comes after the other.
fn together(story: &Story, one: &Span<'_>, other: &Span<'_>) -> bool {
    let (a, b) = (one.process, other.process);
    if a.memory == b.memory || one.from >= other.to || other.from >= one.to {
        return false;
    }
    // A parent that waits for its child comes after it, unless it works until then as well.
    let related = || line_of(story, a.pid).contains(&b.pid) || line_of(story, b.pid).contains(&a.pid);
    !((one.waits || other.waits) && related()) || busy(one, other)
}

/// Whether both computed for long while both were there: a parent from its child's birth to its end, others in all.
fn busy(one: &Span<'_>, other: &Span<'_>) -> bool {
    let (a, b) = (one.process, other.process);
    let ran = match (a.parent == Some(b.pid), b.parent == Some(a.pid)) {
        (true, _) => [a.ran, a.parent_ran],
        (_, true) => [b.ran, b.parent_ran],
        _ => [a.ran, b.ran],
    };
    ran.iter().all(|ran| ran.is_some_and(|ran| ran >= LONG))
}
