//! Findings about addresses: where a segment was attached, detached, and touched. What a fault's address was is
//! classified where the fault is seen; here it is matched.

use super::{Detail, Found, about, calls, cause, each, failed, int};
use crate::facts::event::Event;
use crate::facts::meaning::{FaultCause, Meaning};
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{Fault, Shmat, Shmdt};
use crate::sys::settings;
use crate::trace::Story;

/// Where a fault was.
fn address(event: &Event) -> Option<Value> {
    match event.outcome {
        Outcome::Died { fault, .. } => fault.map(|fault| Value::Address(fault.address)),
        _ => None,
    }
}

/// The faults with such a cause.
fn faults(story: &Story, wanted: fn(&FaultCause) -> bool) -> Vec<Found> {
    each(story, calls(story, Fault), |event| match &event.seen().meaning {
        Some(Meaning::Fault { why }) if wanted(why) => {
            Some(Detail::Fault { user: event.role.clone(), address: address(event)?, why: why.clone() })
        }
        _ => None,
    })
}

/// What a failed shmat returned, used as an address.
pub fn shmat_unchecked(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| event.is_one_of(&[Fault, Shmdt]));
    let found = users.filter_map(|event| {
        let shmat = cause(story, event, Shmat)?;
        let (call, errno) = (shmat.call.clone(), failed(shmat)?);
        let found = about(story, event, Detail::ShmatUnchecked { call, errno, address: address(event) });
        Some(Found { place: Some(shmat.seen().number), ..found })
    });
    found.collect()
}

/// shmat with an address of the program's own choice that could not be had.
pub fn in_use(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmat), |event| {
        let address = *event.seen().args.get(1)?;
        let exists = event.before.segments.as_ref().is_none_or(|rows| !rows.is_empty());
        (failed(event) == Some(libc::EINVAL) && address != 0 && exists && int(event, 0) != -1)
            .then_some(Detail::AddressInUse { address: Value::Address(address) })
    })
}

/// A fault where a segment was attached until shmdt.
pub fn after_detach(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::AfterShmdt { .. }))
}

/// A fault where a segment was attached until the process became another program.
pub fn after_exec(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::AfterExec { .. }))
}

/// A store where SHM_RDONLY allows none.
pub fn read_only(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::ReadOnlyAttach { .. }))
}

/// An access behind the segment's last page.
pub fn past_page(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::PastEnd { .. }))
}

/// An access just before the segment's first byte.
pub fn before_segment(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::BeforeStart { .. }))
}

/// An address that is the lower half of an attachment's.
pub fn in_int(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::HalfAddress { .. }))
}

/// An address that means something in another process only.
pub fn foreign(story: &Story) -> Vec<Found> {
    faults(story, |why| matches!(why, FaultCause::Foreign { .. } | FaultCause::Stored { .. }))
}

/// shmdt where nothing is attached.
pub fn wrong_shmdt(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmdt), |event| {
        let wrong = failed(event).is_some() && cause(story, event, Shmat).is_none();
        wrong.then(|| Detail::ShmdtWrongAddress {
            call: event.call.clone(),
            why: event.seen().meaning.clone(),
        })
    })
}

/// Bytes behind the size that was asked for.
pub fn overrun(story: &Story) -> Vec<Found> {
    // Where the access went on past the page, the crash says it all.
    let crashed: Vec<_> = past_page(story).into_iter().filter_map(|found| found.segment).collect();
    let found = story.lives.iter().filter_map(|life| {
        let beyond = life.beyond.filter(|_| !crashed.contains(&life.shmid))?;
        let (first, last) = (beyond.offset, beyond.offset + beyond.bytes - 1);
        let full = (last + 1).is_multiple_of(settings::page_size());
        let detail = Detail::Overrun { shmid: life.shmid, size: life.size, first, last, full };
        let pid = story.event(beyond.event).map(|event| event.pid);
        let found = Found::new(detail, vec![beyond.event], pid, Some(life.shmid));
        Some(Found { place: life.made_at, ..found })
    });
    found.collect()
}

/// Permission bits in shmat's flags.
pub fn mode_in_shmat(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmat), |event| {
        let mode = int(event, 2) & 0o7777;
        (mode != 0).then_some(Detail::ModeInShmat { mode })
    })
}

/// shmat of a segment that is marked for removal.
pub fn after_removal(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmat), |event| {
        let row = event.before.segment(int(event, 0))?;
        (failed(event).is_none() && row.is_marked())
            .then(|| Detail::AttachedAfterRemoval { shmid: row.shmid, user: event.role.clone() })
    })
}
