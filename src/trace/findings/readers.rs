//! Findings about readers that came before their writer: one that looked for a segment which was not made yet, one that
//! made it itself, and one that left it while nothing was in it.

use std::collections::HashMap;

use super::binary::Programs;
use super::refused::made_up_for;
use super::{Detail, Found, about, calls, failed, int, line_of};
use crate::facts::event::Event;
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall::{Fault, Shmat, Shmdt, Shmget};
use crate::trace::{Emptiness, Life, Story};

/// This many segments of one key are compared.
const MAX_OF_ONE_KEY: usize = 1000;

/// Segments of this program by their key, in the order in which they were made.
pub type Keyed<'a> = HashMap<i32, Vec<&'a Life>>;

pub fn by_key(story: &Story) -> Keyed<'_> {
    let mut keyed = Keyed::new();
    for life in story.lives.iter().filter(|life| life.made && life.key != libc::IPC_PRIVATE) {
        keyed.entry(life.key).or_default().push(life);
    }
    keyed
}

pub fn never_written(life: &Life) -> bool {
    !life.begins.is_empty() && life.begins.iter().all(|byte| *byte == 0)
}

/// One key, two segments: the first was made, used by its maker alone and removed; then another process made another one.
/// What the first held does not matter: a reader may write as well. But two runs of one program are not a reader and writer.
pub fn came_first<'a>(story: &Story, keyed: &Keyed<'a>, life: &Life) -> Option<&'a Life> {
    if !life.made || life.marked.is_none() {
        return None;
    }
    let first = story.maker(life)?;
    let alone = life.attached_by.len() == 1 && life.attached_by_more == 0;
    let flags = int(story.event(life.made_at?)?, 2);
    let later = keyed
        .get(&life.key)?
        .iter()
        .take(MAX_OF_ONE_KEY)
        .copied()
        .find(|later| later.made_at > life.made_at && story.maker(later) != Some(first))?;
    let other = story.maker(later).is_some_and(|other| story.program(other) != story.program(first));
    let open = flags & libc::IPC_EXCL == 0;
    let met = later.attached_by.iter().any(|role| life.attached_by.contains(role));
    // Of two programs that each clear up after themselves no trace can say that one was to read what the other wrote.
    let left = later.marked.is_none();
    (never_written(life) || (alone && other && open && !met && left)).then_some(later)
}

/// Every form of it.
pub fn first(story: &Story) -> Vec<Found> {
    let mut found = made_its_own(story);
    found.extend(looked_too_early(story));
    found.extend(left_it_empty(story));
    found
}

/// A reader that made the segment itself and removed it.
fn made_its_own(story: &Story) -> Vec<Found> {
    let keyed = by_key(story);
    let found = story.lives.iter().filter_map(|life| {
        let later = came_first(story, &keyed, life)?;
        let made = story.event(life.made_at?)?;
        let detail = Detail::ReaderFirst {
            maker: life.made_by.clone(),
            shmid: life.shmid,
            later_maker: later.made_by.clone(),
            later: later.shmid,
        };
        let mut found = about(story, made, detail);
        found.segment = Some(life.shmid);
        found.place = life.made_at;
        found.events.extend(life.marked.filter(|number| story.event(*number).is_some()));
        found.events.extend(later.made_at);
        Some(found)
    });
    found.collect()
}

/// A reader that found no segment, which another process made later.
fn looked_too_early(story: &Story) -> Vec<Found> {
    let keyed = by_key(story);
    let refused = calls(story, Shmget).filter(|event| failed(event) == Some(libc::ENOENT));
    let found = refused.filter(|event| !made_up_for(story, event)).filter_map(|event| {
        let number = event.seen().number;
        let later = keyed.get(&int(event, 0))?.iter().take(MAX_OF_ONE_KEY).find(|later| {
            later.made_at > Some(number) && story.maker(later).is_some_and(|maker| maker != event.pid)
        })?;
        let detail = Detail::LookedTooEarly {
            user: event.role.clone(),
            call: event.call.clone(),
            later_maker: later.made_by.clone(),
            later: later.shmid,
        };
        let mut found = about(story, event, detail);
        found.place = Some(number);
        found.events.extend(later.made_at);
        Some(found)
    });
    found.collect()
}

/// A reader that left a segment with nothing in it, into which some process wrote later.
fn left_it_empty(story: &Story) -> Vec<Found> {
    let mut programs = Programs::default();
    let mut found = Vec::new();
    for life in story.lives.iter().filter(|life| life.begins.iter().any(|byte| *byte != 0)) {
        // Of a larger segment only the beginning was looked at.
        for left in life.left_empty.iter().filter(|left| left.bytes >= life.size) {
            let unordered = story.program(left.pid).and_then(|path| programs.unordered(path));
            if let Some(one) = unordered.and_then(|_| one_left_empty(story, life, left)) {
                found.push(one);
                break;
            }
        }
    }
    found
}

fn one_left_empty(story: &Story, life: &Life, left: &Emptiness) -> Option<Found> {
    let attaches =
        || calls(story, Shmat).filter(|event| int(event, 0) == life.shmid && failed(event).is_none());
    let own = attaches().find(|event| event.pid == left.pid && event.seen().number < left.event);
    // Who only inherited it need not have looked; shmdt says that it was meant.
    let meant = own.or_else(|| story.event(left.event).filter(|event| event.is(Shmdt)))?;
    if attaches().any(|event| event.pid == left.pid && event.seen().number > left.event) {
        return None;
    }
    let made = story.maker(life) == Some(left.pid);
    let stranger = |event: &&Event| event.pid != left.pid && !line_of(story, event.pid).contains(&left.pid);
    let writer = match made {
        // Its maker was alone with it: whoever came later wrote.
        true => attaches().filter(stranger).find(|event| event.seen().number > left.event)?.role.clone(),
        false => life.attached_by.iter().find(|role| **role != story.role(left.pid))?.clone(),
    };
    let first = attaches().filter(stranger).map(|event| event.seen().number).min();
    if made && first < Some(left.event) {
        return None;
    }
    let user = story.role(left.pid);
    let crashed = calls(story, Fault).any(|event| event.pid == left.pid)
        && matches!(story.process(left.pid)?.ended, Some(Outcome::Died { .. }));
    let detail = Detail::LeftEmpty { user, shmid: life.shmid, writer, bytes: left.bytes, made, crashed };
    let mut found = about(story, meant, detail);
    found.segment = Some(life.shmid);
    found.place = if made { life.made_at } else { Some(meant.seen().number) };
    found.pid = Some(left.pid);
    found.events.extend(story.event(left.event).map(|event| event.seen().number));
    Some(found)
}
