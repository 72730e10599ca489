//! Addresses that stand in a segment: which of its words are some process's own memory, and whether a fault's address is
//! one of them. A word counts only where a process's mappings have it; reading only.

use super::Story;
use super::story::KnownPointer;
use crate::facts::meaning::StoredPointer;
use crate::facts::outcome::Value;
use crate::sys::proc;

/// How many addresses are remembered of a segment.
const MAX_POINTERS: usize = 32;
/// How much of a process's segments is searched for a fault's address.
const MAX_SEARCHED: usize = 4 << 20;
/// How far behind a stored address an access is still taken for one through it: a field, or an element.
const NEAR: u64 = 4096;
/// No program has memory below or above.
const LOWEST: u64 = 0x1_0000;
const HIGHEST: u64 = 0x7fff_ffff_ffff;
/// What a C++ string's capacity is at least, once its text is not in the string itself, and at most.
const CAPACITIES: std::ops::Range<u64> = 16..1 << 40;

fn words(bytes: &[u8]) -> impl Iterator<Item = (u64, u64)> {
    let (words, _) = bytes.as_chunks::<8>();
    words.iter().enumerate().map(|(place, word)| (8 * place as u64, u64::from_ne_bytes(*word)))
}

/// The words among a segment's first bytes that are addresses of this process's own memory.
pub fn own(pid: i32, role: &str, bytes: &[u8]) -> Vec<KnownPointer> {
    let likely = |(_, word): &(u64, u64)| (LOWEST..=HIGHEST).contains(word) && *word > 0xffff_ffff;
    let words: Vec<_> = words(bytes).filter(likely).take(MAX_POINTERS).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let kinds = proc::memory_at(pid, &words.iter().map(|(_, word)| *word).collect::<Vec<_>>());
    let known = |((offset, address), kind): ((u64, u64), Option<&'static str>)| {
        Some(KnownPointer { offset, address, owner: role.to_owned(), memory: kind? })
    };
    words.into_iter().zip(kinds).filter_map(known).collect()
}

/// The pointer in one of a process's segments through which an address was reached. None where no process but the process
/// itself can have written it.
pub fn stored(
    story: &Story,
    pid: i32,
    at: u64,
    read: impl Fn(u64, &mut [u8]) -> usize,
) -> Option<StoredPointer> {
    let mut left = MAX_SEARCHED;
    let mut best: Option<StoredPointer> = None;
    let mut segments: Vec<i32> = Vec::new();
    for attach in story.memory(pid)?.attaches.open() {
        let shared = story.life(attach.shmid).is_some_and(|life| {
            !life.made
                || life.attached_by.len() > 1
                || life.attached_by.iter().all(|role| *role != story.role(pid))
        });
        if !shared || segments.contains(&attach.shmid) {
            continue;
        }
        segments.push(attach.shmid);
        let size = usize::try_from(attach.size).unwrap_or(usize::MAX).min(left);
        left -= size;
        let mut bytes = vec![0; size];
        let there = read(attach.address, &mut bytes);
        bytes.truncate(there);
        for (offset, word) in words(&bytes) {
            let Some(behind) = at.checked_sub(word).filter(|behind| word >= LOWEST && *behind < NEAR) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| behind < best.behind) {
                best = Some(StoredPointer {
                    shmid: attach.shmid,
                    offset,
                    address: Value::Address(word),
                    behind,
                    owner: None,
                    memory: None,
                    string: is_string(pid, &bytes[offset as usize..]),
                });
            }
        }
    }
    best.map(|found| whose(story, pid, found))
}

/// Whether the words of a C++ string stand here: where the text is, how long it is, and how long it may become.
fn is_string(pid: i32, bytes: &[u8]) -> bool {
    let mut behind = words(bytes).skip(1).map(|(_, word)| word);
    let (length, capacity) = (behind.next(), behind.next());
    let fits = length
        .zip(capacity)
        .is_some_and(|(length, capacity)| length <= capacity && CAPACITIES.contains(&capacity));
    let in_cpp = |code: &proc::Code| code.path.to_string_lossy().contains("libstdc++");
    fits && proc::code(pid).iter().any(in_cpp)
}

/// Whose memory a stored address is: as it was seen when its writer left the segment, or of one that runs.
fn whose(story: &Story, pid: i32, found: StoredPointer) -> StoredPointer {
    let Value::Address(address) = found.address else { return found };
    let known = story.life(found.shmid).and_then(|life| {
        life.pointers.iter().find(|known| known.offset == found.offset && known.address == address)
    });
    if let Some(known) = known.filter(|known| known.owner != story.role(pid)) {
        return StoredPointer { owner: Some(known.owner.clone()), memory: Some(known.memory), ..found };
    }
    let mut others = story.alive().filter(|other| {
        other.memory != pid && other.attaches.all().any(|attach| attach.shmid == found.shmid)
    });
    let owner = others.find_map(|other| {
        let memory = proc::memory_at(other.pid, &[address]).into_iter().next().flatten()?;
        Some((other.role.clone(), memory))
    });
    let (owner, memory) = owner.unzip();
    StoredPointer { owner, memory, ..found }
}
