//! Findings about segments that an earlier run has left: taken as if they were new, or in the way.

use super::refused::made_up_for;
use super::{Detail, Found, calls, each, failed, int};
use crate::facts::event::Event;
use crate::facts::meaning::{Existing, Meaning};
use crate::facts::traced_call::TracedCall::{Msgget, Semget, Shmat, Shmctl, Shmget};
use crate::trace::Story;

/// A segment that IPC_CREAT took although this program had not made it, and that was used.
pub fn taken(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| {
        let (there, asked) = match &event.seen().meaning {
            Some(Meaning::Found { there, creat: true, asked, .. }) if there.role.is_none() => (there, *asked),
            _ => return None,
        };
        let life = story.life(there.shmid).filter(|life| !life.made && life.attaches > 0)?;
        let used = attached(story, event, there.shmid)?;
        let other_size = asked != 0 && asked != there.size;
        // A client finds the segment of a server that runs, and means to.
        let meant = (there.runs || there.attaches > 0) && !other_size;
        let holds = used.content.as_ref().map(|content| content.bytes.clone()).unwrap_or_default();
        let removed = life.marked.is_some();
        (!meant).then(|| Detail::OldSegment {
            user: event.role.clone(),
            there: there.clone(),
            asked,
            holds,
            removed,
        })
    })
}

/// The first attach of a segment by the process that has looked it up.
fn attached<'a>(story: &'a Story, lookup: &Event, shmid: i32) -> Option<&'a Event> {
    calls(story, Shmat).find(|event| {
        event.pid == lookup.pid
            && event.seen().number > lookup.seen().number
            && int(event, 0) == shmid
            && failed(event).is_none()
    })
}

/// What was there before this run and keeps a call from working.
pub fn in_the_way(story: &Story) -> Vec<Found> {
    let refused = story.events.iter().filter(|event| event.is_one_of(&[Shmget, Shmat, Shmctl]));
    let mut found = each(story, refused.filter(|event| failed(event).is_some()), |event| {
        let there: &Existing = match &event.seen().meaning {
            Some(
                Meaning::ExistsAlready { there }
                | Meaning::ModeRefused { there, .. }
                | Meaning::AttachRefused { there }
                | Meaning::ControlRefused { there },
            ) => there,
            _ => return None,
        };
        let errno = failed(event)?;
        (there.role.is_none() && !made_up_for(story, event)).then(|| Detail::InTheWay {
            user: event.role.clone(),
            call: event.call.clone(),
            errno,
            there: there.clone(),
        })
    });
    found.extend(object_in_the_way(story));
    found
}

/// A semaphore set or a message queue from before this run, where a new one was to be made.
fn object_in_the_way(story: &Story) -> Vec<Found> {
    let refused = calls(story, Semget).chain(calls(story, Msgget));
    each(story, refused.filter(|event| failed(event).is_some()), |event| match &event.seen().meaning {
        Some(Meaning::ObjectExists { kind, id, maker: None, .. }) if !made_up_for(story, event) => {
            let (user, call) = (event.role.clone(), event.call.clone());
            Some(Detail::ObjectInTheWay { user, call, kind: *kind, id: *id })
        }
        _ => None,
    })
}
