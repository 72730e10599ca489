//! Looking: at the kernel's rows, at what a process has in a segment, at the words on its stack. Reading only. How the
//! memory of a stopped process is read is handed in.

use super::story::{Attach, LastLook};
use super::{Story, pointers};
use crate::facts::event::{Segment, Snapshot};
use crate::sys::{evidence, proc, settings};

/// How many bytes of a segment are looked at.
const SHOWN_BYTES: usize = 64;
/// How many rows are read in one event.
const MAX_ROWS: usize = 100;

/// The IPC namespace of a process, and whether that is another one than lab's.
pub fn where_is(pid: i32) -> (u64, bool) {
    let (here, there) = (settings::ipc_namespace(), proc::ipc_namespace_of(pid));
    let number = there.trim_start_matches("ipc:[").trim_end_matches(']').parse().unwrap_or_default();
    (number, !here.is_empty() && !there.is_empty() && here != there)
}

/// The segment's row, if it exists and can be seen from here.
pub fn row(story: &Story, pid: i32, shmid: i32) -> Option<Segment> {
    if story.is_elsewhere(pid) { None } else { evidence::one(shmid) }
}

/// The segment that has this key now.
pub fn with_key(story: &Story, pid: i32, key: i32) -> Option<i32> {
    if story.is_elsewhere(pid) { None } else { evidence::with_key(key) }
}

/// The rows of these segments, of as many as are read in one event.
pub fn rows(story: &Story, pid: i32, segments: &[(i32, u64)]) -> Vec<Segment> {
    segments.iter().take(MAX_ROWS).filter_map(|(shmid, _)| row(story, pid, *shmid)).collect()
}

/// Rows as a snapshot; none where this process's segments can't be looked at.
pub fn snapshot(story: &Story, pid: i32, rows: Vec<Segment>) -> Snapshot {
    let elsewhere = story.is_elsewhere(pid);
    Snapshot {
        segments: (!elsewhere).then_some(rows),
        source: if elsewhere { "" } else { evidence::CALLS },
        ..Snapshot::default()
    }
}

/// The first bytes of a segment of this size, attached at an address.
pub fn beginning(at: u64, size: u64, read: impl Fn(u64, &mut [u8]) -> usize) -> Vec<u8> {
    at_most(SHOWN_BYTES, at, size, read)
}

/// What can be read from an address on of this size, and not more than `most`.
pub fn at_most(most: usize, at: u64, size: u64, read: impl Fn(u64, &mut [u8]) -> usize) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(size).unwrap_or(usize::MAX).min(most)];
    let there = read(at, &mut bytes);
    bytes.truncate(there);
    bytes
}

/// Reads what a process has in a segment: its first bytes, and what comes after its size.
pub fn last_look(
    (pid, role): (i32, &str),
    attach: &Attach,
    page: u64,
    read: impl Fn(u64, &mut [u8]) -> usize,
) -> LastLook {
    let mut begins = at_most(page as usize, attach.address, attach.size, &read);
    let pointers = pointers::own(pid, role, &begins);
    let zeros = begins.iter().all(|byte| *byte == 0).then_some(begins.len() as u64);
    begins.truncate(SHOWN_BYTES);
    let behind = attach.address.saturating_add(attach.size);
    let rest = at_most(page as usize, behind, attach.end(page).saturating_sub(behind), &read);
    let first = rest.iter().position(|byte| *byte != 0);
    let last = rest.iter().rposition(|byte| *byte != 0);
    let beyond = first.zip(last).map(|(first, last)| (attach.size + first as u64, (last - first + 1) as u64));
    LastLook { pid, shmid: attach.shmid, address: attach.address, begins, beyond, pointers, zeros }
}

/// This many words of a stack, from its top.
pub fn words(stack: u64, most: usize, read: impl Fn(u64, &mut [u8]) -> usize) -> Vec<u64> {
    let mut bytes = vec![0; most * 8];
    let there = read(stack, &mut bytes);
    bytes[..there]
        .chunks_exact(8)
        .map(|word| u64::from_ne_bytes(std::array::from_fn(|byte| word[byte])))
        .collect()
}
