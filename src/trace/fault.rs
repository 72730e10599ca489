//! A fault's address, read against what the process has and had attached: after a detach, behind the page, into
//! a read-only attach, through the -1 of a failed shmat, through a pointer that lost its upper half.

use super::story::{How, Story};
use crate::facts::outcome::Fault;

/// How far behind an attach an access is still taken for one that ran over its end.
const NEAR: u64 = 1 << 20;
/// How far from the address -1 an access is still taken for one through it.
const FIELD: u64 = 4096;
const ACCERR: i32 = 2;
/// With so many attaches of a process a damaged address is compared.
const MAX_COMPARED: usize = 1000;

/// What the address was, the number of the event that led to it, and the segment it is about. `there`: the segment
/// that is mapped at the address now, where that could be looked at.
pub fn explain(
    story: &Story,
    pid: i32,
    fault: &Fault,
    there: Option<Option<i32>>,
    page: u64,
) -> (String, Option<usize>, Option<i32>) {
    let at = fault.address;
    let Some(process) = story.memory(pid) else { return (elsewhere(at), None, None) };
    let attaches = &process.attaches;
    let inside = |attach: &&super::Attach| (attach.address..attach.end(page)).contains(&at);
    if let Some(attach) = attaches.below(at).filter(inside) {
        let shmid = attach.shmid;
        let why = if fault.code == ACCERR && there.is_some_and(|there| there != Some(shmid)) {
            format!(
                "The address is where segment {shmid} was attached; the program has put another mapping in its place, which does not allow this kind of access."
            )
        } else if fault.code == ACCERR && attach.read_only {
            format!(
                "The address is in segment {shmid}, attached with SHM_RDONLY: reading is allowed, this store is not."
            )
        } else if fault.code == ACCERR {
            format!("The address is in segment {shmid}, but the mapping does not allow this kind of access.")
        } else {
            format!("The address is where segment {shmid} was attached, and it is not mapped there any more.")
        };
        return (why, attach.event, Some(shmid));
    }
    if let Some(attach) = attaches.closed().rev().find(inside) {
        let shmid = attach.shmid;
        let (how, event) = match attach.closed {
            Some(closed) if closed.how == How::Shmdt => ("shmdt has ended", closed.event),
            Some(closed) if closed.how == How::Unmapped => {
                ("munmap, mremap or another mapping has ended", closed.event)
            }
            Some(closed) => ("exec has ended", closed.event),
            None => ("ended", None),
        };
        let why = format!(
            "The address is where segment {shmid} was attached; {how} that attach, and the pointer is stale."
        );
        return (why, event, Some(shmid));
    }
    let over = attaches.below(at);
    if let Some(attach) = over.filter(|attach| (attach.end(page)..attach.end(page) + NEAR).contains(&at)) {
        let (shmid, behind) = (attach.shmid, at - attach.address);
        let why = format!(
            "The address is {behind} bytes behind the start of segment {shmid}, which has {} bytes and ends with its page: the access ran over the end.",
            attach.size
        );
        return (why, attach.event, Some(shmid));
    }
    cut(story, pid, at).unwrap_or_else(|| (elsewhere(at), None, None))
}

/// Addresses that are an attach's, damaged: only its lower half, or another process's.
fn cut(story: &Story, pid: i32, at: u64) -> Option<(String, Option<usize>, Option<i32>)> {
    let process = story.memory(pid)?;
    for attach in process.attaches.all().take(MAX_COMPARED) {
        let half = attach.address as u32;
        let offset = (at as u32).wrapping_sub(half);
        let extended = [u64::from(at as u32), (at as u32).cast_signed() as i64 as u64];
        if extended.contains(&at)
            && u64::from(offset) < attach.size.max(1)
            && attach.address > u64::from(u32::MAX)
        {
            let why = format!(
                "The address is the lower half of {:#x}, where segment {} is attached: the pointer went through an int, which has 32 bits.",
                attach.address, attach.shmid
            );
            return Some((why, attach.event, Some(attach.shmid)));
        }
    }
    let others = story.processes.iter().filter(|other| other.pid != process.pid);
    let mut attaches = others
        .flat_map(|other| other.attaches.all().map(move |attach| (other, attach)))
        .take(10 * MAX_COMPARED);
    let (other, attach) = attaches
        .find(|(_, attach)| (attach.address..attach.address.saturating_add(attach.size)).contains(&at))?;
    let why = format!(
        "The address is where {} has segment {} attached; in this process nothing is mapped there. A pointer means something in one process only.",
        other.role, attach.shmid
    );
    Some((why, None, Some(attach.shmid)))
}

fn elsewhere(at: u64) -> String {
    if through_minus_one(at) {
        return "The address is (void *) -1, which is what a failed shmat returns, or next to it.".into();
    }
    match at {
        0 => "The address is NULL, or one that no process can have (the kernel then says 0).".into(),
        at if at < FIELD => "The address is next to NULL.".into(),
        _ => "The address has nothing to do with a segment that was seen attached.".into(),
    }
}

fn through_minus_one(at: u64) -> bool {
    at >= u64::MAX - FIELD
}

/// The function whose failure an address comes from, if any.
pub fn after_failure(fault: &Fault) -> Option<&'static str> {
    // -1 and a little more comes round to 0; and for an address no process can have the kernel says 0.
    (through_minus_one(fault.address) || fault.address < FIELD).then_some("shmat")
}
