//! What a trace could not see, and what else has to be said of it: each sentence once, and not more of them than a
//! person reads.

use std::collections::{HashMap, HashSet};

use super::Story;
use crate::facts::event::Segment;

/// How many sentences about what can't be seen are kept.
pub(super) const MAX_UNSEEN: usize = 20;
/// How many processes that made calls which are not decoded are remembered.
const MAX_REMEMBERED: usize = 10_000;

/// Calls that are not decoded.
#[derive(Debug, Default)]
pub struct Undecoded {
    pub calls: u64,
    pub failed: u64,
    /// The processes that made them, as many as are remembered.
    by: HashSet<i32>,
}

impl Undecoded {
    /// One more of them.
    pub fn count(&mut self, pid: i32) {
        self.calls += 1;
        if self.by.len() < MAX_REMEMBERED {
            self.by.insert(pid);
        }
    }
}

impl Story {
    /// Says something else about this trace.
    pub fn note(&mut self, sentence: String) {
        if self.notes.len() < MAX_UNSEEN && !self.notes.contains(&sentence) {
            self.notes.push(sentence);
        }
    }

    /// Says that something can't be seen.
    pub fn cannot_see(&mut self, sentence: String) {
        if self.unseen.contains(&sentence) {
            return;
        }
        if self.unseen.len() < MAX_UNSEEN {
            self.unseen.push(sentence);
        } else {
            self.unsaid += 1;
        }
    }

    /// It was looked whether a process's segments are `elsewhere`: in an IPC namespace of its own.
    pub fn looked_where(&mut self, pid: i32, elsewhere: bool) {
        let Some(process) = self.process_mut(pid) else { return };
        process.elsewhere = elsewhere;
        if !elsewhere {
            return;
        }
        self.elsewhere = true;
        self.cannot_see(format!(
            "{} {pid} is in an IPC namespace of its own: what its calls changed in the kernel can't be looked at from here.",
            self.role(pid)
        ));
    }

    /// After the end: these are the rows that the kernel still has. Of several lives of one identifier only the last
    /// can be among them. `since`: when the program was started; a segment that is younger, was made by one of its
    /// processes and was not seen made is said to be there.
    pub fn remains(&mut self, rows: &[Segment], since: i64) {
        let ours = |pid: i32| self.process(pid).is_some() || self.undecoded.by.contains(&pid);
        let unseen = |row: &&Segment| row.ctime >= since && self.life(row.shmid).is_none() && ours(row.cpid);
        let sentence = |row: &Segment| {
            format!(
                "Segment {} was made by {} ({} bytes, process {}) in a way that lab does not decode, and is still there: ipcrm -m {}",
                row.shmid,
                self.role(row.cpid),
                row.size,
                row.cpid,
                row.shmid
            )
        };
        let sentences: Vec<String> = rows.iter().filter(unseen).map(sentence).collect();
        sentences.into_iter().for_each(|sentence| self.cannot_see(sentence));
        let rows: HashMap<i32, &Segment> = rows.iter().map(|row| (row.shmid, row)).collect();
        for (place, life) in self.lives.iter_mut().enumerate() {
            let last = self.by_id.get(&life.shmid) == Some(&place);
            life.left = rows.get(&life.shmid).filter(|_| last).map(|row| (*row).clone());
            life.destroyed = life.left.is_none();
        }
    }
}
