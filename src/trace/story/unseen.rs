//! What a trace could not see, and what else has to be said of it, as data: the same once, and not more of it than a
//! person reads. It words nothing.

use std::collections::{HashMap, HashSet};

use super::Story;
use crate::facts::event::Segment;

/// So much of what can't be seen is kept.
pub(super) const MAX_UNSEEN: usize = 20;
/// How many processes that made calls which are not decoded are remembered.
const MAX_REMEMBERED: usize = 10_000;

/// What a trace could not see, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// Nothing lists the machine's segments.
    LeftBehind,
    /// A process is in another IPC namespace than lab.
    Namespace { role: String, pid: i32 },
    /// A program for another architecture.
    Architecture { program: String },
    /// A process has put a filter on itself that refuses these calls, so that they don't come to lab: each with what the
    /// filter answers.
    Filtered { role: String, pid: i32, calls: Vec<String> },
    /// There is no seccomp filter for us: every call stops.
    NoFilter { errno: i32 },
    /// The watchdog could not be started.
    NoWatchdog { errno: i32 },
    /// Something killed the watchdog.
    WatchdogLost,
    /// lab did not run, and its watchdog ended the program because of this signal.
    LabStopped { signal: i32 },
    /// Killed within a clone, in a program that hides children from a tracer.
    KilledInClone { role: String, pid: i32 },
    /// It has hidden `child` in another PID namespace.
    PidNamespace { role: String, pid: i32, child: i32 },
    /// A child that was hidden from lab and can't be followed.
    NotFollowed { pid: i32, errno: i32 },
    /// A child that was hidden from lab and was followed from some moment on.
    FollowedLate { role: String, pid: i32 },
    /// A segment that is still there, made by a call that lab does not decode.
    Segment { shmid: i32, size: u64, role: String, pid: i32 },
}

/// What else has to be said of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A process has a filter of its own that answers in a tracer's name.
    TracingFilter { role: String, pid: i32 },
    /// No file of the program says from which line of source its code was made.
    NoDebugInformation,
}

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
    pub fn note(&mut self, what: Note) {
        if self.notes.len() < MAX_UNSEEN && !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// Says that something can't be seen.
    pub fn cannot_see(&mut self, what: Unseen) {
        if self.unseen.contains(&what) {
            return;
        }
        if self.unseen.len() < MAX_UNSEEN {
            self.unseen.push(what);
        } else {
            self.unsaid += 1;
        }
    }

    /// It was looked whether a process's segments are `elsewhere`: in an IPC namespace of its own.
    pub fn looked_where(&mut self, pid: i32, namespace: u64, elsewhere: bool) {
        let Some(process) = self.process_mut(pid) else { return };
        (process.elsewhere, process.namespace) = (elsewhere, namespace);
        if !elsewhere {
            return;
        }
        self.elsewhere = true;
        self.cannot_see(Unseen::Namespace { role: self.role(pid), pid });
    }

    /// After the end: these are the rows that the kernel still has. Of several lives of one identifier only the last
    /// can be among them. `since`: when the program was started; a segment that is younger, was made by one of its
    /// processes and was not seen made is said to be there.
    pub fn remains(&mut self, rows: &[Segment], since: i64) {
        let ours = |pid: i32| self.process(pid).is_some() || self.undecoded.by.contains(&pid);
        let unseen = |row: &&Segment| row.ctime >= since && self.life(row.shmid).is_none() && ours(row.cpid);
        let told = |row: &Segment| {
            let (shmid, size, pid) = (row.shmid, row.size, row.cpid);
            Unseen::Segment { shmid, size, role: self.role(pid), pid }
        };
        let told: Vec<Unseen> = rows.iter().filter(unseen).map(told).collect();
        told.into_iter().for_each(|what| self.cannot_see(what));
        let rows: HashMap<i32, &Segment> = rows.iter().map(|row| (row.shmid, row)).collect();
        for (place, life) in self.lives.iter_mut().enumerate() {
            let last = self.by_id.get(&life.shmid) == Some(&place);
            life.left = rows.get(&life.shmid).filter(|_| last).map(|row| (*row).clone());
            life.destroyed = life.left.is_none();
        }
    }
}
