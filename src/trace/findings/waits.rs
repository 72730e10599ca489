//! Findings about what processes waited for when the time was up: a lock that is not shared, a semaphore whose holder is
//! dead, and processes of which each waits for the next.

use serde::Serialize;

use super::{Detail, Found, calls, int};
use crate::facts::event::Event;
use crate::facts::meaning::ObjectKind;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{self, Exit, Semget, Shmat};
use crate::trace::{Doing, Story, Wait, Waiter};

/// With this many processes at the time limit there may have been more, which were not looked at.
const MAX_WAITS: usize = 20;

/// What a process that has ended has not given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "lock", rename_all = "snake_case")]
pub enum HeldLock {
    Semaphore { set: i32, number: u16 },
    // In a segment, `offset` bytes from its start.
    Mutex { shmid: i32, offset: u64 },
}

/// A process that sleeps in semop: for which semaphore, what its value is, and who changed it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SleptIn {
    pub role: String,
    /// The line that waits.
    pub at: Option<String>,
    pub set: i32,
    pub number: u16,
    pub value: i32,
    pub last: Option<String>,
}

/// One of several processes of which each waits for the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RingLink {
    pub role: String,
    /// The line that waits.
    pub at: Option<String>,
    pub what: RingWait,
    /// Who could end the wait.
    pub next: String,
}

/// What it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "wait", rename_all = "snake_case")]
pub enum RingWait {
    Semaphore { set: i32, number: u16 },
    Mutex { shmid: i32, offset: u64 },
    Child,
    Pipe,
}

fn found(detail: Detail, waiter: &Waiter, events: Vec<usize>, segment: Option<i32>) -> Found {
    Found::new(detail, events, Some(waiter.pid), segment)
}

/// The line that waits.
fn place(waiter: &Waiter) -> Option<String> {
    waiter.source.as_ref().map(ToString::to_string)
}

fn numbers(story: &Story, call: TracedCall, wanted: impl Fn(&Event) -> bool) -> Vec<usize> {
    calls(story, call).filter(|event| wanted(event)).map(|event| event.seen().number).collect()
}

/// The calls that returned this set.
fn of_set(story: &Story, set: i32) -> Vec<usize> {
    numbers(story, Semget, |event| event.outcome == Outcome::Returned(Value::Id(set)))
}

/// The calls that attached this segment.
fn of_segment(story: &Story, shmid: i32) -> Vec<usize> {
    numbers(story, Shmat, |event| int(event, 0) == shmid)
}

/// A lock in a segment that several processes have, and whose waits are private to one that has a single thread: none
/// can wake it.
pub fn private_lock(story: &Story) -> Vec<Found> {
    let waits = story.waits.iter().map(|waiter| (waiter, false));
    let woken = story.woken.iter().map(|waiter| (waiter, true));
    let found = waits.chain(woken).filter_map(|(waiter, woken)| match &waiter.doing {
        Doing::Waiting(Wait::Futex {
            private: true,
            shared: true,
            alone: true,
            place: Some((shmid, offset)),
            word,
            expected,
            ..
        }) => {
            let detail = Detail::PrivateLock {
                user: waiter.role.clone(),
                shmid: *shmid,
                offset: *offset,
                was: *expected,
                is: *word,
                at: place(waiter),
                woken,
            };
            Some(found(detail, waiter, of_segment(story, *shmid), Some(*shmid)))
        }
        _ => None,
    });
    found.collect()
}

/// A semaphore that is 0 since a process was killed that had changed it last, or a mutex whose owner has ended.
pub fn dead_holder(story: &Story) -> Vec<Found> {
    let found = story.waits.iter().filter_map(|waiter| {
        let at = place(waiter);
        let (holder, what, mut events, segment) = match &waiter.doing {
            Doing::Waiting(Wait::Semaphore {
                set, number, change: ..0, now: Some((_, Some(last))), ..
            }) if last.ours && !last.alive && last.signal.is_some() => {
                (last, HeldLock::Semaphore { set: *set, number: *number }, of_set(story, *set), None)
            }
            Doing::Waiting(Wait::Futex { place: Some((shmid, offset)), owner: Some(owner), .. })
                if !owner.alive =>
            {
                let what = HeldLock::Mutex { shmid: *shmid, offset: *offset };
                (owner, what, of_segment(story, *shmid), Some(*shmid))
            }
            _ => return None,
        };
        events.extend(numbers(story, Exit, |event| event.pid == holder.pid));
        let (user, signal) = (waiter.role.clone(), holder.signal);
        let detail = Detail::DeadHolder { user, at, holder: holder.role.clone(), signal, what };
        Some(found(detail, waiter, events, segment))
    });
    found.collect()
}

/// A semaphore that is 0 as it was made, while every process sleeps: in such a semop, or until its child ends.
pub fn semaphore_not_set(story: &Story) -> Vec<Found> {
    let unset = |waiter: &Waiter| match &waiter.doing {
        Doing::Waiting(Wait::Semaphore {
            set,
            number,
            change: change @ ..0,
            now: Some((0, None)),
            limited: false,
        }) => Some((*set, *number, -i32::from(*change))),
        _ => None,
    };
    if !all_sleep(story, |waiter| unset(waiter).is_some()) {
        return Vec::new();
    }
    let found = story.waits.iter().filter_map(|waiter| {
        let (set, number, need) = unset(waiter)?;
        story.object(ObjectKind::Set, set)?.made_by.as_ref()?;
        let at = place(waiter);
        let detail = Detail::SemaphoreNotSet { user: waiter.role.clone(), at, set, number, need };
        Some(found(detail, waiter, of_set(story, set), None))
    });
    found.collect()
}

/// Whether every process of the program sleeps as it is asked here, or until a child ends.
fn all_sleep(story: &Story, so: impl Fn(&Waiter) -> bool) -> bool {
    let children = |waiter: &Waiter| matches!(waiter.doing, Doing::Waiting(Wait::Children { .. }));
    let all = story.waits.iter().all(|waiter| waiter.still && (so(waiter) || children(waiter)));
    all && story.waits.len() < MAX_WAITS
}

/// Semaphores that nobody is left to raise: every process sleeps in a semop on a set of the program's own, and no other
/// finding says why.
pub fn all_asleep(story: &Story) -> Vec<Found> {
    let own = |set: i32| story.object(ObjectKind::Set, set).is_some_and(|object| object.made_by.is_some());
    let sleeper =
        |waiter: &Waiter| match &waiter.doing {
            Doing::Waiting(Wait::Semaphore {
                set, number, now: Some((value, last)), limited: false, ..
            }) if own(*set) => Some(SleptIn {
                role: waiter.role.clone(),
                at: place(waiter),
                set: *set,
                number: *number,
                value: *value,
                last: last.as_ref().map(|last| last.role.clone()),
            }),
            _ => None,
        };
    let said = [semaphore_not_set, dead_holder, deadlock];
    if !all_sleep(story, |waiter| sleeper(waiter).is_some())
        || said.iter().any(|rule| !rule(story).is_empty())
    {
        return Vec::new();
    }
    let waits: Vec<SleptIn> = story.waits.iter().filter_map(sleeper).collect();
    let events: Vec<usize> = waits.iter().flat_map(|one| of_set(story, one.set)).collect();
    let first = story.waits.iter().find(|waiter| sleeper(waiter).is_some());
    first.map(|first| found(Detail::AllAsleep { waits }, first, events, None)).into_iter().collect()
}

/// Processes that slept at the same time, each for the next one, the last for the first.
pub fn deadlock(story: &Story) -> Vec<Found> {
    let next = |waiter: &Waiter| {
        let pid = waiter.waits_for()?;
        story.waits.iter().find(|other| other.pid == pid && other.thread.is_none() && other.still)
    };
    let ring = |first| {
        let mut ring: Vec<&Waiter> = vec![first];
        let mut at = next(first)?;
        while at.pid != first.pid {
            // Each ring is found once: from its lowest pid.
            if at.pid < first.pid || ring.iter().any(|one| one.pid == at.pid) {
                return None;
            }
            ring.push(at);
            at = next(at)?;
        }
        (ring.len() > 1).then_some(ring)
    };
    let link = |one: &&Waiter| {
        let Doing::Waiting(wait) = &one.doing else { return None };
        let what = match wait {
            Wait::Semaphore { set, number, .. } => RingWait::Semaphore { set: *set, number: *number },
            Wait::Futex { place: Some((shmid, offset)), .. } => {
                RingWait::Mutex { shmid: *shmid, offset: *offset }
            }
            Wait::Children { .. } => RingWait::Child,
            _ => RingWait::Pipe,
        };
        let next = story.role(one.waits_for()?);
        Some(RingLink { role: one.role.clone(), at: place(one), what, next })
    };
    let rings = story.waits.iter().filter(|waiter| waiter.still && waiter.thread.is_none());
    let found = rings.filter_map(|waiter| {
        let ring = ring(waiter)?;
        let waits: Vec<RingLink> = ring.iter().filter_map(link).collect();
        let of = |link: &RingLink| match link.what {
            RingWait::Semaphore { set, .. } => of_set(story, set),
            RingWait::Mutex { shmid, .. } => of_segment(story, shmid),
            RingWait::Child | RingWait::Pipe => Vec::new(),
        };
        let mut events: Vec<usize> = waits.iter().flat_map(of).collect();
        let pids: Vec<Outcome> = ring.iter().map(|one| Outcome::Returned(Value::Pid(one.pid))).collect();
        let born = story.events.iter().filter(|event| pids.contains(&event.outcome));
        events.extend(born.map(|event| event.seen().number));
        events.sort_unstable();
        events.dedup();
        Some(found(Detail::Deadlock { waits }, waiter, events, None))
    });
    found.collect()
}
