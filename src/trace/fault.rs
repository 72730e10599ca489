//! A fault's address, read against what the process has and had attached: after a detach, behind the page, into
//! a read-only attach, through the -1 of a failed shmat, through a pointer that lost its upper half. It is classified
//! here and nowhere else.

use super::story::{Attach, How, Story};
use crate::facts::meaning::FaultCause;
use crate::facts::outcome::{Fault, Value};

/// How far behind an attachment an access is still taken for one that ran over its end.
const NEAR: u64 = 1 << 20;
/// How far from the address -1 an access is still taken for one through it.
const FIELD: u64 = 4096;
/// si_code of a SIGSEGV: nothing is mapped there; what is mapped does not allow it.
pub const MAPERR: i32 = 1;
const ACCERR: i32 = 2;
/// With this many attachments of a process a damaged address is compared.
const MAX_COMPARED: usize = 1000;

/// What the address was, the number of the event that led to it, and the segment it is about.
pub type Explained = (FaultCause, Option<usize>, Option<i32>);

/// Reads an address. `there`: the segment that is mapped at it now, where that could be looked at.
pub fn explain(story: &Story, pid: i32, fault: &Fault, there: Option<Option<i32>>, page: u64) -> Explained {
    let at = fault.address;
    let Some(process) = story.memory(pid) else { return (elsewhere(at), None, None) };
    let attaches = &process.attaches;
    let inside = |attach: &&Attach| (attach.address..attach.end(page)).contains(&at);
    let below = attaches.below(at);
    if let Some(attach) = below.filter(inside) {
        return (in_attach(attach, fault, there), attach.event, Some(attach.shmid));
    }
    if let Some(attach) = attaches.closed().rev().find(inside) {
        let shmid = attach.shmid;
        let cause = match attach.closed.map(|closed| closed.how) {
            Some(How::Shmdt) => FaultCause::AfterShmdt { shmid, start: Value::Address(attach.address) },
            Some(How::Unmapped) => FaultCause::AfterUnmap { shmid },
            Some(How::Exec | How::Exit) | None => FaultCause::AfterExec { shmid },
        };
        return (cause, attach.closed.and_then(|closed| closed.event), Some(shmid));
    }
    let above = attaches.above(at).filter(|attach| attach.address - at <= page);
    let nearer =
        |above: &&Attach| below.is_none_or(|below| at - below.end(page).min(at) >= above.address - at);
    if let Some(attach) = above.filter(nearer) {
        let (shmid, before) = (attach.shmid, attach.address - at);
        return (FaultCause::BeforeStart { shmid, before }, attach.event, Some(shmid));
    }
    if let Some(attach) = below.filter(|attach| (attach.end(page)..attach.end(page) + NEAR).contains(&at)) {
        let (shmid, size, offset) = (attach.shmid, attach.size, at - attach.address);
        return (FaultCause::PastEnd { shmid, size, offset }, attach.event, Some(shmid));
    }
    damaged(story, pid, at).unwrap_or_else(|| (elsewhere(at), None, None))
}

/// An access to where a segment was attached and, as far as was seen, still is.
fn in_attach(attach: &Attach, fault: &Fault, there: Option<Option<i32>>) -> FaultCause {
    let shmid = attach.shmid;
    if fault.code != ACCERR {
        FaultCause::PartGone { shmid }
    } else if there.is_some_and(|there| there != Some(shmid)) {
        FaultCause::OtherMapping { shmid }
    } else if attach.read_only {
        FaultCause::ReadOnlyAttach { shmid, offset: fault.address - attach.address }
    } else {
        FaultCause::Forbidden { shmid }
    }
}

/// Addresses that are an attachment's, damaged: only its lower half, or another process's.
fn damaged(story: &Story, pid: i32, at: u64) -> Option<Explained> {
    let process = story.memory(pid)?;
    let extended = [u64::from(at as u32), (at as u32).cast_signed() as i64 as u64];
    let half = |attach: &&Attach| {
        let offset = (at as u32).wrapping_sub(attach.address as u32);
        u64::from(offset) < attach.size.max(1) && attach.address > u64::from(u32::MAX)
    };
    if extended.contains(&at)
        && let Some(attach) = process.attaches.all().take(MAX_COMPARED).find(half)
    {
        let (shmid, start) = (attach.shmid, Value::Address(attach.address));
        return Some((FaultCause::HalfAddress { shmid, start }, attach.event, Some(shmid)));
    }
    let others = story.processes.iter().filter(|other| other.pid != process.pid);
    let mut attaches = others
        .flat_map(|other| other.attaches.all().map(move |attach| (other, attach)))
        .take(10 * MAX_COMPARED);
    let (owner, attach) = attaches
        .find(|(_, attach)| (attach.address..attach.address.saturating_add(attach.size)).contains(&at))?;
    let shmid = attach.shmid;
    Some((FaultCause::Foreign { shmid, owner: owner.role.clone() }, None, Some(shmid)))
}

/// An address that is not an attachment's. -1 and a little more comes round to 0.
fn elsewhere(at: u64) -> FaultCause {
    match at {
        0 => FaultCause::Null,
        at if at < FIELD => FaultCause::NearNull,
        at if at >= u64::MAX - FIELD => FaultCause::MinusOne,
        _ => FaultCause::Unknown,
    }
}

/// Whether the address may come from the -1 of a failed shmat: for one that no process can have the kernel says 0.
pub fn may_be_minus_one(cause: &FaultCause) -> bool {
    matches!(cause, FaultCause::MinusOne | FaultCause::Null | FaultCause::NearNull)
}
