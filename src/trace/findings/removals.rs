//! Findings about what somebody else had removed: an identifier or a key that was good a moment before, and an identifier
//! of another IPC namespace.

use super::refused::made_up_for;
use super::{Detail, Found, calls, each, failed, int};
use crate::facts::event::Event;
use crate::facts::meaning::{Meaning, Removal};
use crate::facts::traced_call::TracedCall::{Shmat, Shmget};
use crate::trace::Story;

fn removal_behind(event: &Event) -> Option<&Removal> {
    match &event.seen().meaning {
        Some(Meaning::NoSegment { removal, .. } | Meaning::NoSegmentWithKey { removal }) => removal.as_ref(),
        _ => None,
    }
}

/// shmat of a segment that was removed before.
pub fn used_after(story: &Story) -> Vec<Found> {
    let refused = calls(story, Shmat).filter(|event| failed(event).is_some());
    let found = each(story, refused, |event| {
        let removal = removal_behind(event)?.clone();
        let at_exit = story.event(removal.by.event).is_some_and(|event| event.seen().at_exit);
        Some(Detail::UsedAfterRemoval {
            user: event.role.clone(),
            call: event.call.clone(),
            removal,
            at_exit,
        })
    });
    // What is to be mended is the removal.
    let mend = |found: Found| {
        let Detail::UsedAfterRemoval { removal, .. } = &found.detail else { return found };
        Found { place: Some(removal.by.event), segment: Some(removal.shmid), ..found }
    };
    found.into_iter().map(mend).collect()
}

/// A look-up of a key whose segment another process had removed or marked before.
pub fn too_early(story: &Story) -> Vec<Found> {
    let refused = calls(story, Shmget).filter(|event| failed(event) == Some(libc::ENOENT));
    let found = each(story, refused.filter(|event| !made_up_for(story, event)), |event| {
        let removal = removal_behind(event).filter(|removal| !removal.own)?.clone();
        Some(Detail::RemovedTooEarly { user: event.role.clone(), call: event.call.clone(), removal })
    });
    let mend = |found: Found| {
        let Detail::RemovedTooEarly { removal, .. } = &found.detail else { return found };
        Found { place: Some(removal.by.event), segment: Some(removal.shmid), ..found }
    };
    found.into_iter().map(mend).collect()
}

/// shmat with an identifier that means a segment in another IPC namespace.
pub fn elsewhere(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmat), |event| match &event.seen().meaning {
        Some(Meaning::NoSegment { elsewhere: Some(owner), .. }) => Some(Detail::OtherNamespace {
            user: event.role.clone(),
            owner: owner.clone(),
            shmid: int(event, 0),
        }),
        _ => None,
    })
}
