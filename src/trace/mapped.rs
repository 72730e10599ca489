//! Whether what was seen attached still is: munmap, mremap and a mapping in the same place end an attachment, and no trace
//! stops at them. So before a sentence says that something is attached, the process's mappings are looked at, and the
//! story hears what has changed.

use super::call::CompletedCall;
use super::story::{Attach, Attaches, Change, Story};
use crate::facts::outcome::{Outcome, Value};
use crate::sys::maps::Maps;
use crate::sys::seccomp::trace::WatchedCall;
use crate::sys::settings;

/// Up to this number, attaches are asked for one by one; for more, all mappings are read once.
const FEW_ATTACHES: usize = 16;
/// Of more attaches only the oldest are looked at before a sentence.
const OLDEST_ASKED: usize = 4;
/// How often it is looked where an attachment has been moved to: all of a process's mappings are read for that.
const MAX_MOVES: usize = 1000;

/// Who looks at the mappings of processes.
#[derive(Debug)]
pub struct Mappings {
    /// The size of a page.
    pub page: u64,
    /// How often it was looked where an attachment has been moved to.
    moves: usize,
}

impl Mappings {
    /// Of processes that were not looked at yet.
    pub fn new() -> Mappings {
        Mappings { page: settings::page_size(), moves: 0 }
    }

    /// The segment that is mapped at an address where no attachment is known. If it is one that was moved there, it is
    /// known from now on.
    pub fn found_at(&self, story: &mut Story, pid: i32, address: u64) -> Option<i32> {
        let maps = Maps::few(pid).ok()?;
        let shmid = maps.at(address).filter(|piece| piece.start == address)?.shmid;
        let gone = |attach: &&Attach| attach.shmid == shmid && !self.holds(&maps, attach);
        let from = story.memory(pid)?.attaches.open().take(MAX_MOVES).find(gone).map(|attach| attach.address);
        from.into_iter().for_each(|from| story.change(pid, Change::Moved(from, address)));
        Some(shmid)
    }

    fn holds(&self, maps: &Maps, attach: &Attach) -> bool {
        maps.holds(attach.shmid, attach.address, attach.end(self.page))
    }

    /// Looks at what the sentence about a call is going to speak of.
    pub fn check_call(&mut self, story: &mut Story, done: &CompletedCall<'_>) {
        let args = done.pending.args;
        let Some(attaches) = story.memory(done.pid).map(|process| &process.attaches) else { return };
        let spoken_of: Vec<u64> = match (done.pending.watched, &done.outcome) {
            (WatchedCall::Shmat, Outcome::Returned(Value::Address(here))) => {
                // What was known at this address is gone, or the kernel would not have put it there.
                story.change(done.pid, Change::Gone(*here));
                let again = story.memory(done.pid).and_then(|now| now.attaches.of(args[0] as i32));
                again.into_iter().map(|attach| attach.address).collect()
            }
            (WatchedCall::Shmdt, Outcome::Failed(_)) => {
                let oldest = attaches.open().take(OLDEST_ASKED).map(|attach| attach.address);
                let mut asked: Vec<u64> = oldest.collect();
                let near = attaches.below(args[0]).map(|attach| attach.address);
                asked.extend(near.filter(|near| !asked.contains(near)));
                asked
            }
            _ => return,
        };
        self.check(story, done.pid, &spoken_of);
    }

    /// Looks at all that a process has attached.
    pub fn check_all(&mut self, story: &mut Story, pid: i32) {
        let addresses = story.memory(pid).map(|process| addresses(&process.attaches)).unwrap_or_default();
        self.check(story, pid, &addresses);
    }

    /// Looks at the place of a fault: the segment that is mapped there now, if that can be known.
    pub fn check_fault(&mut self, story: &mut Story, pid: i32, address: u64) -> Option<Option<i32>> {
        let near = story.memory(pid)?.attaches.below(address).map(|attach| attach.address);
        self.check(story, pid, near.as_slice());
        Some(Maps::few(pid).ok()?.at(address).map(|piece| piece.shmid))
    }

    /// Looks at the attachments at these addresses, and tells the story.
    fn check(&mut self, story: &mut Story, pid: i32, asked: &[u64]) {
        let Some(process) = story.memory(pid) else { return };
        let changes = self.changes(&process.attaches, pid, asked);
        changes.into_iter().for_each(|change| story.change(pid, change));
    }

    /// What a forked child does not have of its parent's, or has elsewhere.
    pub fn not_inherited(&mut self, story: &Story, parent: i32, child: i32) -> Vec<Change> {
        let Some(process) = story.memory(parent) else { return Vec::new() };
        self.changes(&process.attaches, child, &addresses(&process.attaches))
    }

    /// Of these attaches, those at the asked addresses that this process does not have there any more.
    fn changes(&mut self, attaches: &Attaches, pid: i32, asked: &[u64]) -> Vec<Change> {
        let maps = match asked.len() {
            0 => return Vec::new(),
            1..=FEW_ATTACHES => Maps::few(pid),
            _ => Maps::all(pid),
        };
        // A process whose mappings can't be seen: what was seen of its calls is all there is.
        let Ok(maps) = maps else { return Vec::new() };
        let asked = asked.iter().filter_map(|address| attaches.at(*address));
        let gone: Vec<&Attach> = asked.filter(|attach| !self.holds(&maps, attach)).collect();
        let mut changes = Vec::new();
        for attach in gone {
            let moved = self.moved_to(attaches, pid, attach.shmid, &changes);
            changes.push(match moved {
                Some(to) => Change::Moved(attach.address, to),
                None => Change::Gone(attach.address),
            });
        }
        changes
    }

    /// Where mremap has moved an attachment of this segment to: where it begins and none is known. `changes`: what is
    /// known besides.
    fn moved_to(&mut self, attaches: &Attaches, pid: i32, shmid: i32, changes: &[Change]) -> Option<u64> {
        self.moves += 1;
        if self.moves > MAX_MOVES {
            return None;
        }
        let known = |address: u64| {
            let left = |change: &Change| matches!(change, Change::Moved(from, _) if *from == address);
            let taken = |change: &Change| matches!(change, Change::Moved(_, to) if *to == address);
            changes.iter().any(taken) || (attaches.at(address).is_some() && !changes.iter().any(left))
        };
        let maps = Maps::all(pid).ok()?;
        let mut places = maps.beginnings().filter(|piece| piece.shmid == shmid);
        places.find(|piece| !known(piece.start)).map(|piece| piece.start)
    }
}

fn addresses(attaches: &Attaches) -> Vec<u64> {
    attaches.open().map(|attach| attach.address).collect()
}
