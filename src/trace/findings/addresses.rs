//! Findings about addresses: where a segment was attached, detached, and touched.

use super::{Found, about, calls, cause, failed, int};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::outcome::{Fault, Outcome, Value};
use crate::trace::Story;

/// How far behind a segment an access is still taken for one that ran over its end.
const NEAR: u64 = 1 << 20;
/// si_code of an access that the mapping forbids.
const ACCERR: i32 = 2;

fn fault(event: &Event) -> Option<Fault> {
    match event.outcome {
        Outcome::Died { fault, .. } => fault,
        _ => None,
    }
}

/// What a failed shmat returned, used as an address.
pub fn shmat_unchecked(story: &Story) -> Vec<Found> {
    let users = story.events.iter().filter(|event| matches!(event.function, "fault" | "shmdt"));
    let found = users.filter_map(|event| {
        let shmat = cause(story, event, "shmat")?;
        let errno = failed(shmat)?;
        let then = match fault(event) {
            Some(fault) => format!("was used as an address: the signal at {:#x}", fault.address),
            None => "went into shmdt".into(),
        };
        let means = format!(
            "{} failed with {} and returned (void *) -1, not NULL. That {then}.",
            shmat.call,
            constants::errno(errno)
        );
        Some(Found { place: Some(shmat.seen().number), ..about(story, event, means) })
    });
    found.collect()
}

/// shmat with an address of the program's own choice that could not be had.
pub fn in_use(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmat").filter_map(|event| {
        let address = *event.seen().args.get(1)?;
        let exists = event.before.segments.as_ref().is_none_or(|rows| !rows.is_empty());
        (failed(event) == Some(libc::EINVAL) && address != 0 && exists && int(event, 0) != -1).then(|| {
            let means = format!(
                "shmat was told where to attach, {address:#x}, and that is unaligned or in use already. Memory from malloc or a variable is in use; NULL lets the kernel choose."
            );
            about(story, event, means)
        })
    });
    found.collect()
}

/// A fault where a segment was attached until shmdt.
pub fn after_detach(story: &Story) -> Vec<Found> {
    let found = calls(story, "fault").filter_map(|event| {
        let shmdt = cause(story, event, "shmdt")?;
        let means = format!(
            "{} detached segment {}, and the pointer was used after it: nothing is mapped there any more.",
            shmdt.call, shmdt.segment?
        );
        Some(about(story, event, means))
    });
    found.collect()
}

/// A store where SHM_RDONLY allows none.
pub fn read_only(story: &Story) -> Vec<Found> {
    let found = calls(story, "fault").filter_map(|event| {
        let shmat = cause(story, event, "shmat")?;
        let (start, size) = attached(story, shmat)?;
        let fault = fault(event)?;
        let inside = (start..start.saturating_add(size.next_multiple_of(4096).max(1))).contains(&fault.address);
        (inside && fault.code == ACCERR && int(shmat, 2) & libc::SHM_RDONLY != 0).then(|| {
            let means = format!(
                "Segment {} was attached with SHM_RDONLY, and byte {} of it was written. That is no errno but a signal.",
                int(shmat, 0),
                fault.address - start
            );
            about(story, event, means)
        })
    });
    found.collect()
}

/// An access behind the segment's last page.
pub fn past_page(story: &Story) -> Vec<Found> {
    let found = calls(story, "fault").filter_map(|event| {
        let shmat = cause(story, event, "shmat")?;
        let (start, size) = attached(story, shmat)?;
        let behind = fault(event)?.address.checked_sub(start)?;
        (behind >= size && behind - size < NEAR).then(|| {
            let means = format!(
                "Segment {} has {size} bytes, and byte {behind} was touched, past its last page. (Often something else is mapped there, and then nothing tells.)",
                int(shmat, 0)
            );
            about(story, event, means)
        })
    });
    found.collect()
}

/// An address that is the lower half of an attach's.
pub fn in_int(story: &Story) -> Vec<Found> {
    let found = calls(story, "fault").filter_map(|event| {
        let shmat = cause(story, event, "shmat")?;
        let (start, _) = attached(story, shmat)?;
        let at = fault(event)?.address;
        let cut = u64::from(at as u32) == at || (at as u32).cast_signed() as i64 as u64 == at;
        (cut && start > u64::from(u32::MAX)).then(|| {
            let means = format!(
                "shmat returned {start:#x}, and {at:#x} was used: an int keeps 32 of a pointer's 64 bits."
            );
            about(story, event, means)
        })
    });
    found.collect()
}

/// Where a shmat that worked attached its segment, and the segment's size in bytes.
fn attached(story: &Story, shmat: &Event) -> Option<(u64, u64)> {
    match shmat.outcome {
        Outcome::Returned(Value::Address(start)) => Some((start, story.life(int(shmat, 0))?.size)),
        _ => None,
    }
}

/// shmdt where nothing is attached.
pub fn wrong_shmdt(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmdt")
        .filter(|event| failed(event).is_some() && cause(story, event, "shmat").is_none());
    let found = found.map(|event| {
        let means = format!("{} failed with EINVAL. {}", event.call, event.seen().situation);
        about(story, event, means)
    });
    found.collect()
}

/// Bytes behind the size that was asked for.
pub fn overrun(story: &Story) -> Vec<Found> {
    let found = story.lives.iter().filter_map(|life| {
        let beyond = life.beyond?;
        let means = format!(
            "Segment {} was asked for with {} bytes, and something stands at byte {} and up to byte {}. The segment comes in whole pages, so nothing failed; past the page it would.",
            life.shmid,
            life.size,
            beyond.offset,
            beyond.offset + beyond.bytes - 1
        );
        let pid = story.event(beyond.event).map(|event| event.pid);
        Some(Found { means, events: vec![beyond.event], place: life.made_at, pid, segment: Some(life.shmid) })
    });
    found.collect()
}

/// Permission bits in shmat's flags.
pub fn mode_in_shmat(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmat").filter(|event| int(event, 2) & 0o7777 != 0).map(|event| {
        let means = format!(
            "shmat takes SHM_RDONLY, SHM_RND, SHM_REMAP and SHM_EXEC; the 0{:o} in its flags means nothing to it. A mode belongs to shmget.",
            int(event, 2) & 0o7777
        );
        about(story, event, means)
    });
    found.collect()
}

/// An address that means something in another process only.
pub fn foreign(story: &Story) -> Vec<Found> {
    let found = calls(story, "fault").filter(|event| event.seen().cause.is_none()).filter_map(|event| {
        let at = fault(event)?.address;
        let others = story.processes.iter().filter(|process| process.pid != event.pid);
        let mut attaches = others.flat_map(|other| other.attaches.all().map(move |attach| (other, attach)));
        let (other, attach) = attaches.find(|(_, attach)| {
            (attach.address..attach.address.saturating_add(attach.size)).contains(&at)
        })?;
        let means = format!(
            "{} used {at:#x}, where {} has segment {} attached; here nothing is mapped there. A pointer means something in one process only: store an offset.",
            event.role, other.role, attach.shmid
        );
        Some(about(story, event, means))
    });
    found.collect()
}

/// shmat of a segment that is marked for removal.
pub fn after_removal(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmat").filter(|event| {
        let row = event.before.segment(int(event, 0));
        failed(event).is_none() && row.is_some_and(|row| row.is_marked())
    });
    let found = found.map(|event| {
        let means = format!(
            "Segment {} was marked for removal when {} attached it. Linux allows that; POSIX does not promise it, and elsewhere it is EINVAL.",
            int(event, 0),
            event.role
        );
        about(story, event, means)
    });
    found.collect()
}
