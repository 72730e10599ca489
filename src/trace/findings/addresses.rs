//! Findings about addresses: where a segment was attached, detached, and touched. What a fault's address was is
//! classified where the fault is seen; here it is matched.

use super::{Detail, Found, about, calls, cause, failed, int};
use crate::facts::event::Event;
use crate::facts::meaning::{FaultCause, Meaning};
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{Fault, Shmat, Shmdt};
use crate::trace::Story;

/// Where a fault was.
fn address(event: &Event) -> Option<Value> {
    match event.outcome {
        Outcome::Died { fault, .. } => fault.map(|fault| Value::Address(fault.address)),
        _ => None,
    }
}

/// The faults of which the classification says what is found.
fn faults(story: &Story, found: impl Fn(&Event, &FaultCause) -> Option<Detail>) -> Vec<Found> {
    let of = |event: &Event| match &event.seen().meaning {
        Some(Meaning::Fault { why }) => Some(about(story, event, found(event, why)?)),
        _ => None,
    };
    story.events.iter().filter_map(of).collect()
}

/// What a failed shmat returned, used as an address.
pub fn shmat_unchecked(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| event.is(Fault) || event.is(Shmdt));
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
    let found = calls(story, Shmat).filter_map(|event| {
        let address = *event.seen().args.get(1)?;
        let exists = event.before.segments.as_ref().is_none_or(|rows| !rows.is_empty());
        (failed(event) == Some(libc::EINVAL) && address != 0 && exists && int(event, 0) != -1)
            .then(|| about(story, event, Detail::AddressInUse { address: Value::Address(address) }))
    });
    found.collect()
}

/// A fault where a segment was attached until shmdt.
pub fn after_detach(story: &Story) -> Vec<Found> {
    faults(story, |event, what| match *what {
        FaultCause::AfterShmdt { shmid } => {
            Some(Detail::CrashAfterDetach { call: cause(story, event, Shmdt)?.call.clone(), shmid })
        }
        _ => None,
    })
}

/// A store where SHM_RDONLY allows none.
pub fn read_only(story: &Story) -> Vec<Found> {
    faults(story, |_, what| match *what {
        FaultCause::ReadOnlyAttach { shmid, offset } => Some(Detail::StoreReadOnly { shmid, offset }),
        _ => None,
    })
}

/// An access behind the segment's last page.
pub fn past_page(story: &Story) -> Vec<Found> {
    faults(story, |_, what| match *what {
        FaultCause::PastEnd { shmid, size, offset } => Some(Detail::StorePastPage { shmid, size, offset }),
        _ => None,
    })
}

/// An address that is the lower half of an attach's.
pub fn in_int(story: &Story) -> Vec<Found> {
    faults(story, |event, what| match what {
        FaultCause::HalfAddress { start, .. } => {
            Some(Detail::PointerInInt { start: start.clone(), address: address(event)? })
        }
        _ => None,
    })
}

/// An address that means something in another process only.
pub fn foreign(story: &Story) -> Vec<Found> {
    faults(story, |event, what| match what {
        FaultCause::Foreign { shmid, owner } => Some(Detail::ForeignPointer {
            user: event.role.clone(),
            address: address(event)?,
            owner: owner.clone(),
            shmid: *shmid,
        }),
        _ => None,
    })
}

/// shmdt where nothing is attached.
pub fn wrong_shmdt(story: &Story) -> Vec<Found> {
    let found =
        calls(story, Shmdt).filter(|event| failed(event).is_some() && cause(story, event, Shmat).is_none());
    let found = found.map(|event| {
        let (call, why) = (event.call.clone(), event.seen().meaning.clone());
        about(story, event, Detail::ShmdtWrongAddress { call, why })
    });
    found.collect()
}

/// Bytes behind the size that was asked for.
pub fn overrun(story: &Story) -> Vec<Found> {
    let found = story.lives.iter().filter_map(|life| {
        let beyond = life.beyond?;
        let (first, last) = (beyond.offset, beyond.offset + beyond.bytes - 1);
        Some(Found {
            detail: Detail::Overrun { shmid: life.shmid, size: life.size, first, last },
            events: vec![beyond.event],
            place: life.made_at,
            pid: story.event(beyond.event).map(|event| event.pid),
            segment: Some(life.shmid),
        })
    });
    found.collect()
}

/// Permission bits in shmat's flags.
pub fn mode_in_shmat(story: &Story) -> Vec<Found> {
    let found = calls(story, Shmat).filter(|event| int(event, 2) & 0o7777 != 0);
    found.map(|event| about(story, event, Detail::ModeInShmat { mode: int(event, 2) & 0o7777 })).collect()
}

/// shmat of a segment that is marked for removal.
pub fn after_removal(story: &Story) -> Vec<Found> {
    let found = calls(story, Shmat).filter(|event| {
        let row = event.before.segment(int(event, 0));
        failed(event).is_none() && row.is_some_and(|row| row.is_marked())
    });
    let found = found.map(|event| {
        let (shmid, user) = (int(event, 0), event.role.clone());
        about(story, event, Detail::AttachedAfterRemoval { shmid, user })
    });
    found.collect()
}
