//! Findings about permissions: a mode that leaves its owner less than it needs, a call that the mode refused, and what
//! only root was let through with.

use super::{Detail, Found, calls, each, failed, int, making};
use crate::facts::event::{Event, Segment};
use crate::facts::traced_call::TracedCall::{Shmat, Shmget};
use crate::trace::Story;

const READ: u32 = 4;
const WRITE: u32 = 2;

/// What an attachment needs of a mode's three bits.
fn needed(event: &Event) -> u32 {
    if int(event, 2) & libc::SHM_RDONLY != 0 { READ } else { READ | WRITE }
}

fn row(event: &Event) -> Option<&Segment> {
    let shmid = event.segment?;
    event.before.segment(shmid).or_else(|| event.after.segment(shmid))
}

/// The bits that a mode gives to the segment's owner.
fn of_owner(row: &Segment) -> u32 {
    row.mode >> 6 & 7
}

/// Attaches by the segment's own user that its mode refuses, or would refuse if that user were not root.
pub fn owner_without_rights(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmat), |event| {
        let (row, uid) = (row(event)?, story.process(event.pid)?.uid?);
        let owns = uid == row.uid || uid == row.cuid;
        let mode = row.mode & 0o777;
        // A mode of 0 is a finding of its own where the program made the segment.
        let life = story.life(row.shmid);
        let made = life.is_some_and(|life| life.made);
        // What a decimal number has made of a mode is a finding of its own as well.
        let maker = life.and_then(|life| story.event(life.made_at?));
        if maker.is_some_and(|maker| making::decimal_in(maker).is_some()) {
            return None;
        }
        let refused = failed(event) == Some(libc::EACCES) || (failed(event).is_none() && uid == 0);
        let lacks = of_owner(row) & needed(event) != needed(event);
        (owns && refused && lacks && (mode != 0 || !made)).then(|| Detail::OwnerWithoutRights {
            shmid: row.shmid,
            bits: mode,
            user: event.role.clone(),
            root: uid == 0,
            made,
        })
    })
}

/// What worked only because root is let through: the segment belongs to another user, whose mode gives others less.
/// Who did it, and with which call.
pub fn root_only(story: &Story) -> Option<(String, String)> {
    let event = story.events.iter().find(|event| {
        let others = || {
            let (row, uid) = (row(event)?, story.process(event.pid)?.uid?);
            let wanted = if event.is(Shmat) { needed(event) } else { int(event, 2) as u32 & 7 };
            let bits = (row.mode | row.mode >> 3) & 7;
            Some(uid == 0 && row.uid != 0 && row.cuid != 0 && bits & wanted != wanted)
        };
        event.is_one_of(&[Shmat, Shmget]) && failed(event).is_none() && others() == Some(true)
    })?;
    Some((event.role.clone(), event.call.clone()))
}
