//! Findings about what another process had removed: an identifier or a key that was good a moment before, and an identifier
//! of another IPC namespace.

use super::binary::Programs;
use super::order::birth;
use super::refused::made_up_for;
use super::{Detail, Found, about, calls, each, failed, int, line_of};
use crate::facts::event::Event;
use crate::facts::meaning::{Meaning, Removal};
use crate::facts::traced_call::TracedCall::{Shmat, Shmctl, Shmget};
use crate::trace::Story;

/// This many removals are compared with the attachments before them.
const MAX_REMOVALS: usize = 100;

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
        let deed = story.event(removal.by.event);
        let at_exit = deed.is_some_and(|event| event.seen().at_exit);
        let by_child = !removal.own && deed.is_some_and(|deed| line_of(story, deed.pid).contains(&event.pid));
        Some(Detail::UsedAfterRemoval {
            user: event.role.clone(),
            call: event.call.clone(),
            removal,
            at_exit,
            by_child,
        })
    });
    found.into_iter().map(at_its_removal).collect()
}

/// What is to be mended is the removal.
fn at_its_removal(found: Found) -> Found {
    match &found.detail {
        Detail::UsedAfterRemoval { removal, .. } | Detail::RemovedTooEarly { removal, .. } => {
            Found { place: Some(removal.by.event), segment: Some(removal.shmid), ..found }
        }
        _ => found,
    }
}

/// A look-up of a key whose segment another process had removed or marked before.
pub fn too_early(story: &Story) -> Vec<Found> {
    let refused = calls(story, Shmget).filter(|event| failed(event) == Some(libc::ENOENT));
    let found = each(story, refused.filter(|event| !made_up_for(story, event)), |event| {
        let removal = removal_behind(event).filter(|removal| !removal.own)?.clone();
        Some(Detail::RemovedTooEarly { user: event.role.clone(), call: event.call.clone(), removal })
    });
    found.into_iter().map(at_its_removal).collect()
}

/// An attachment that came before another process's IPC_RMID although nothing made that process wait for it.
pub fn race(story: &Story) -> Vec<Found> {
    let mut programs = Programs::default();
    let removals = calls(story, Shmctl).filter(|event| {
        int(event, 1) == libc::IPC_RMID
            && failed(event).is_none()
            && other_attached(story, int(event, 0), event.pid)
    });
    let found = removals.take(MAX_REMOVALS).filter_map(|removal| {
        let remover = story.process(removal.pid)?;
        programs.unordered(&remover.program)?;
        let attach = calls(story, Shmat).find(|attach| races(story, attach, removal))?;
        let (user, by) = (attach.role.clone(), Story::deed(removal));
        // Who has the segment as well may wait for a byte in it.
        let may_look = remover.attaches.all().any(|open| open.shmid == int(removal, 0));
        let detail = Detail::AttachRace { user, shmid: int(removal, 0), by, may_look };
        let mut found = about(story, attach, detail);
        found.events.push(removal.seen().number);
        found.place = Some(removal.seen().number);
        Some(found)
    });
    found.collect()
}

/// Whether anybody else attached a segment: a first look that costs nothing.
fn other_attached(story: &Story, shmid: i32, pid: i32) -> bool {
    let role = story.role(pid);
    story.life(shmid).is_some_and(|life| life.attached_by.iter().any(|other| *other != role))
}

/// Whether an attachment came before a removal only because it was faster.
fn races(story: &Story, attach: &Event, removal: &Event) -> bool {
    let (from, to) = (attach.seen().number, removal.seen().number);
    let same = int(attach, 0) == int(removal, 0)
        && failed(attach).is_none()
        && attach.pid != removal.pid
        && from < to;
    let between = |event: &&Event| (from..to).contains(&event.seen().number);
    // Who is done with it before may have been waited for; who asks how often it is attached waits as well.
    let held = || {
        let user = story.process(attach.pid)?;
        let known = user.attaches.all().find(|known| known.event == Some(from))?;
        known.closed.and_then(|closed| closed.event).filter(|closed| *closed > to)
    };
    let asked = || {
        calls(story, Shmctl)
            .filter(between)
            .any(|event| event.pid == removal.pid && int(event, 1) == libc::IPC_STAT)
    };
    // No child can wait for its parent's end.
    let child = || line_of(story, removal.pid).contains(&attach.pid);
    same && birth(story, removal.pid).unwrap_or(0) < from && (child() || held().is_some()) && !asked()
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
