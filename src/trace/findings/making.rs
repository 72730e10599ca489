//! Findings about how a segment was made: size, mode and flags. Of the mode only the shmget that made it counts; on one
//! that exists its bits are a request.

use super::{Detail, Found, calls, each, failed, int};
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::traced_call::TracedCall::{Shmat, Shmget};
use crate::trace::Story;

const MODE: i32 = 0o777;

/// The shmgets that made a segment.
fn makers(story: &Story) -> impl Iterator<Item = &Event> {
    let made = story.lives.iter().filter(|life| life.made).filter_map(|life| life.made_at);
    made.filter_map(|number| story.event(number))
}

/// A mode such as 666 where 0666 was meant: the number's own digits are octal ones, its 01000 is IPC_CREAT, and
/// what is left gives the owner less than reading and writing.
fn is_decimal(flags: i32) -> Option<i32> {
    let decimal = flags & (MODE | libc::IPC_CREAT);
    // A mode that is meant begins with a 6 or a 7, the owner's.
    let octal = decimal > 600 - 1 && decimal.to_string().bytes().all(|digit| digit < b'8');
    (octal && flags & 0o600 != 0o600).then_some(decimal)
}

/// The same of a call whose line is known: where the mode is in it in octal, it is none.
pub fn decimal_in(event: &Event) -> Option<i32> {
    let flags = int(event, 2);
    let written = format!("0{:o}", flags & MODE);
    let text = event.seen().source.as_ref().and_then(|source| source.text.as_deref());
    is_decimal(flags).filter(|_| !text.is_some_and(|text| text.contains(&written)))
}

/// A decimal mode.
pub fn decimal(story: &Story) -> Vec<Found> {
    let decimal = |event: &Event| Some(Detail::DecimalMode { decimal: decimal_in(event)? });
    each(story, makers(story), decimal)
}

/// A mode of 0.
pub fn no_mode(story: &Story) -> Vec<Found> {
    each(story, makers(story), |event| (int(event, 2) & MODE == 0).then_some(Detail::ModeZero))
}

/// IPC_CREAT without IPC_EXCL, by a process that then used what came.
pub fn without_excl(story: &Story) -> Vec<Found> {
    let wanted = |flags: i32| flags & libc::IPC_CREAT != 0 && flags & libc::IPC_EXCL == 0;
    let used = story.lives.iter().filter(|life| life.made && life.attaches > 0);
    each(story, used.filter_map(|life| story.event(life.made_at?)), |event| {
        let flags = int(event, 2);
        let open = int(event, 0) != libc::IPC_PRIVATE && wanted(flags) && decimal_in(event).is_none();
        open.then(|| Detail::CreatWithoutExcl { maker: event.role.clone() })
    })
}

/// A mode that lets others write.
pub fn world_writable(story: &Story) -> Vec<Found> {
    each(story, makers(story), |event| {
        let flags = int(event, 2);
        // One that shuts its owner out is not for everybody.
        let open = flags & 0o602 == 0o602 && decimal_in(event).is_none();
        open.then(|| Detail::WorldWritable { mode: flags & MODE, other: other_user(story, event) })
    })
}

/// The process of another user that attached what this call has made.
fn other_user(story: &Story, made: &Event) -> Option<String> {
    let uid = |pid: i32| story.process(pid).and_then(|process| process.uid);
    let owner = uid(made.pid)?;
    let attached =
        calls(story, Shmat).filter(|event| failed(event).is_none() && event.segment == made.segment);
    let mut others =
        attached.filter(|event| uid(event.pid).is_some_and(|other| other != owner && other != 0));
    others.next().map(|event| event.role.clone())
}

/// IPC_EXCL without IPC_CREAT.
pub fn excl_alone(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| {
        let alone = int(event, 2) & (libc::IPC_EXCL | libc::IPC_CREAT) == libc::IPC_EXCL;
        (int(event, 0) != libc::IPC_PRIVATE && alone).then_some(Detail::ExclAlone)
    })
}

/// A size that an existing segment does not have.
pub fn larger(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| match &event.seen().meaning {
        Some(Meaning::TooSmall { asked, there }) => {
            let life = story.life(there.shmid).filter(|life| life.made);
            let made = life.and_then(|life| story.event(life.made_at?)).map(Story::deed);
            Some(Detail::LargerThanSegment { shmid: there.shmid, size: there.size, asked: *asked, made })
        }
        _ => None,
    })
}

/// A size of 0 for a new segment, or a negative int.
pub fn impossible(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| match &event.seen().meaning {
        Some(why @ (Meaning::NoSize { .. } | Meaning::NegativeSize { .. })) => {
            Some(Detail::ImpossibleSize { call: event.call.clone(), why: why.clone() })
        }
        _ => None,
    })
}

/// A limit that leaves less than was asked for.
pub fn limit(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| match &event.seen().meaning {
        Some(Meaning::LimitReached { met }) => {
            Some(Detail::LimitReached { call: event.call.clone(), met: met.clone() })
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_modes_are_told_from_octal_ones() {
        for (flags, decimal) in [
            (666, 666),
            (644, 644),
            (600, 600),
            (777, 777),
            (666 | libc::IPC_EXCL, 666),
            (660 | libc::IPC_CREAT, 660),
        ] {
            assert_eq!(is_decimal(flags), Some(decimal), "{flags}");
        }
        for mode in [0, 0o400, 0o444, 0o600, 0o620, 0o644, 0o660, 0o666, 0o700, 0o755, 0o777] {
            assert_eq!(is_decimal(libc::IPC_CREAT | libc::IPC_EXCL | mode), None, "0{mode:o}");
            assert_eq!(is_decimal(mode), None, "0{mode:o}");
        }
    }
}
