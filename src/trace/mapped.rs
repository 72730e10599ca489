//! Whether what was seen attached still is: munmap, mremap and a mapping in the same place end an attach, and no trace
//! stops at them. So before a sentence says that something is attached, the process's mappings are looked at.

use super::Tracer;
use super::attaches::{Attach, Closed, How};
use super::call::CompletedCall;
use crate::facts::outcome::{Outcome, Value};
use crate::sys::maps::Maps;
use crate::sys::seccomp::trace::WatchedCall;

/// Up to so many attaches are asked for one by one; of more all mappings are read once.
const FEW_ATTACHES: usize = 16;
/// Of more attaches only the oldest are looked at before a sentence.
const OLDEST_ASKED: usize = 4;
/// So often is looked where an attach has been moved to: all of a process's mappings are read for that.
const MAX_MOVES: usize = 1000;

/// What is said of an attach that was found to be gone.
const UNMAPPED: Closed = Closed { how: How::Unmapped, event: None };

impl Tracer<'_> {
    /// The segment that is mapped at an address where no attach is known. If it is one that was moved there, it is
    /// known from now on.
    pub(super) fn found_at(&mut self, pid: i32, address: u64) -> Option<i32> {
        let maps = Maps::few(pid).ok()?;
        let shmid = maps.at(address).filter(|piece| piece.start == address)?.shmid;
        let attaches = &self.story.memory(pid)?.attaches;
        let gone = |attach: &&Attach| attach.shmid == shmid && !self.holds(&maps, attach);
        let from = attaches.open().take(MAX_MOVES).find(gone).map(|attach| attach.address);
        if let Some(from) = from
            && let Some(process) = self.story.memory_mut(pid)
        {
            process.attaches.move_to(from, address);
        }
        Some(shmid)
    }

    fn holds(&self, maps: &Maps, attach: &Attach) -> bool {
        maps.holds(attach.shmid, attach.address, attach.end(self.page))
    }

    /// Looks at what the sentence about a call is going to speak of.
    pub(super) fn check(&mut self, done: &CompletedCall<'_>) {
        let args = done.pending.args();
        let Some(process) = self.story.memory(done.pid) else { return };
        let attaches = &process.attaches;
        let spoken_of: Vec<u64> = match (done.pending.watched, &done.outcome) {
            (WatchedCall::Shmat, Outcome::Returned(Value::Address(here))) => {
                // What was known at this address is gone, or the kernel would not have put it there.
                let here = *here;
                let replaced = attaches.at(here).map(|attach| attach.address);
                replaced.into_iter().for_each(|address| self.unmapped(done.pid, address));
                let again = self.story.memory(done.pid).and_then(|now| now.attaches.of(args[0] as i32));
                again.into_iter().map(|attach| attach.address).collect()
            }
            (WatchedCall::Shmdt, Outcome::Failed(_)) => {
                let near = attaches.below(args[0]);
                attaches.open().take(OLDEST_ASKED).chain(near).map(|attach| attach.address).collect()
            }
            _ => return,
        };
        for address in self.missing(done.pid, &spoken_of) {
            self.unmapped(done.pid, address);
        }
    }

    /// Looks at all that a process has attached.
    pub(super) fn check_all(&mut self, pid: i32) {
        for address in self.missing(pid, &self.addresses(pid)) {
            self.unmapped(pid, address);
        }
    }

    /// Looks at what a forked child has of its parent's: what the parent has unmapped or keeps to itself (madvise)
    /// the child never had.
    pub(super) fn check_inherited(&mut self, child: i32) {
        for address in self.missing(child, &self.addresses(child)) {
            self.story.detach(child, address, UNMAPPED);
        }
    }

    fn addresses(&self, pid: i32) -> Vec<u64> {
        let attaches = self.story.memory(pid).map(|process| &process.attaches);
        attaches.map(|attaches| attaches.open().map(|attach| attach.address).collect()).unwrap_or_default()
    }

    /// Looks at the place of a fault: the segment that is mapped there now, if that can be known.
    pub(super) fn check_fault(&mut self, pid: i32, address: u64) -> Option<Option<i32>> {
        let process = self.story.memory(pid)?;
        let near: Vec<u64> =
            process.attaches.below(address).into_iter().map(|attach| attach.address).collect();
        for address in self.missing(pid, &near) {
            self.unmapped(pid, address);
        }
        Some(Maps::few(pid).ok()?.at(address).map(|piece| piece.shmid))
    }

    /// Looks at the attaches at these addresses: those that are not there any more. One that was moved is known at
    /// its new address from now on.
    fn missing(&mut self, pid: i32, addresses: &[u64]) -> Vec<u64> {
        let maps = match addresses.len() {
            0 => return Vec::new(),
            1..=FEW_ATTACHES => Maps::few(pid),
            _ => Maps::all(pid),
        };
        // A process whose mappings can't be seen: what was seen of its calls is all there is.
        let (Ok(maps), Some(process)) = (maps, self.story.memory(pid)) else { return Vec::new() };
        let attaches = addresses.iter().filter_map(|address| process.attaches.at(*address));
        let gone: Vec<u64> =
            attaches.filter(|attach| !self.holds(&maps, attach)).map(|attach| attach.address).collect();
        gone.into_iter().filter(|address| !self.moved(pid, *address)).collect()
    }

    /// An attach is found to have ended.
    fn unmapped(&mut self, pid: i32, address: u64) {
        if let Some(attach) = self.story.detach(pid, address, UNMAPPED) {
            self.left(attach.shmid, 1, None, None);
        }
    }

    /// Whether mremap has moved the attach that was here; then it is known at its new address from now on.
    fn moved(&mut self, pid: i32, from: u64) -> bool {
        self.moves += 1;
        if self.moves > MAX_MOVES {
            return false;
        }
        let Ok(maps) = Maps::all(pid) else { return false };
        let Some(process) = self.story.memory_mut(pid) else { return false };
        let Some(shmid) = process.attaches.at(from).map(|attach| attach.shmid) else { return false };
        let mut places = maps.beginnings().filter(|piece| piece.shmid == shmid);
        let Some(to) = places.find(|piece| process.attaches.at(piece.start).is_none()) else { return false };
        process.attaches.move_to(from, to.start);
        true
    }
}
