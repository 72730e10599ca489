//! What a run has asked the kernel for, as a list of notes: announced before it is made, so that a reader of the
//! list, after a death, knows at least as much as was done. Stage, guard and record fold the same notes, and `lab
//! clean` reads them back. A segment is the run's only if every field of its note matches the kernel's row.

mod removal;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::facts::event::Segment;
use crate::sys::{files, process, settings, since_1970};
pub use removal::Cleaned;

/// One line of a record, one packet to the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "note")]
pub enum ResourceEvent {
    /// Who writes: the first line of a record.
    Run { version: u32, pid: i32, uid: u32, boot: String, ipc: String },
    /// A scratch folder is about to be made.
    Scratch { path: PathBuf },
    /// It was made, and is still empty: its identity.
    ScratchMade { device: u64, inode: u64 },
    /// A process is about to ask for a segment.
    Asked(AskedSegment),
    /// It was not given one, or it was given one that others had made.
    NotMade,
    /// It was given a new one.
    Made(MadeSegment),
    /// That one is gone.
    Gone { shmid: i32 },
    /// The run has cleaned up by itself.
    Done,
    /// Its segments outlive the run, for another program to find: no start of lab removes them, only `lab clean` does.
    Stays { lesson: String },
    /// It was played to its end and has left them.
    Left,
    /// The other program has found them: its main process.
    Taken { pid: i32 },
    /// That one has ended and left them as well.
    GivenBack,
}

/// How long after its announcement a segment may have been made, in seconds: an actor is given thirty until it has
/// its turn, a call two, and the coarse clock one (kernel-facts SG50).
const MADE_WITHIN: i64 = 33;

/// A segment that a process is about to ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedSegment {
    pub key: i32,
    pub size: u64,
    pub cpid: i32,
    /// Seconds since 1970.
    pub at: i64,
}

impl AskedSegment {
    /// One that a process asks for now.
    pub fn now(key: i32, size: u64, cpid: i32) -> AskedSegment {
        AskedSegment { key, size, cpid, at: since_1970().as_secs().cast_signed() }
    }
}

/// A segment that a process was given, by the fields that tell it from every other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeSegment {
    key: i32,
    shmid: i32,
    size: u64,
    cuid: u32,
    ctime: i64,
}

impl MadeSegment {
    pub fn of(row: &Segment) -> MadeSegment {
        MadeSegment { key: row.key, shmid: row.shmid, size: row.size, cuid: row.cuid, ctime: row.ctime }
    }
}

/// The notes of one run, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    pid: i32,
    uid: u32,
    pub boot: String,
    pub ipc: String,
    scratch: Option<PathBuf>,
    /// Device and inode of the scratch folder.
    identity: Option<(u64, u64)>,
    /// Whether another boot of the machine is meant than this one.
    restarted: bool,
    asked: Option<AskedSegment>,
    made: Vec<MadeSegment>,
    /// Every identifier this run was ever given for a segment of its own.
    ever: Vec<i32>,
    /// Segments of another run that this one takes part in.
    adopted: Vec<i32>,
    pub done: bool,
    /// The lesson that leaves its segments to another program.
    pub stays: Option<String>,
    /// Whether it was played to its end.
    pub left: bool,
    /// The main process of the other program, from when it has found them until it gives them back.
    pub taken: Option<i32>,
}

impl Resources {
    /// Takes a note into account.
    pub fn take(&mut self, note: ResourceEvent) {
        match note {
            ResourceEvent::Run { pid, uid, boot, ipc, .. } => {
                (self.pid, self.uid, self.boot, self.ipc) = (pid, uid, boot, ipc);
            }
            ResourceEvent::Scratch { path } => (self.scratch, self.identity) = (Some(path), None),
            ResourceEvent::ScratchMade { device, inode } => self.identity = Some((device, inode)),
            ResourceEvent::Asked(asked) => self.asked = Some(asked),
            ResourceEvent::NotMade => self.asked = None,
            ResourceEvent::Made(new) => {
                self.asked = None;
                self.made.retain(|made| made.shmid != new.shmid);
                self.ever.push(new.shmid);
                self.made.push(new);
            }
            ResourceEvent::Gone { shmid } => self.made.retain(|made| made.shmid != shmid),
            ResourceEvent::Done => self.done = true,
            ResourceEvent::Stays { lesson } => self.stays = Some(lesson),
            ResourceEvent::Left => self.left = true,
            ResourceEvent::Taken { pid } => self.taken = Some(pid),
            ResourceEvent::GivenBack => self.taken = None,
        }
    }

    /// Whether this identifier was ever a segment of this run, or one that it takes part in.
    pub fn owns(&self, shmid: i32) -> bool {
        self.ever.contains(&shmid) || self.adopted.contains(&shmid)
    }

    /// Takes part in a segment that another run has left: this one may touch it, and does not clean it.
    pub fn adopt(&mut self, shmid: i32) {
        self.adopted.push(shmid);
    }

    /// shmget has returned this identifier: from now on the steps are about the segment, if the run takes part in it.
    pub fn meet(&mut self, shmid: i32) {
        if self.adopted.contains(&shmid) && self.ever.last() != Some(&shmid) {
            self.ever.push(shmid);
        }
    }

    /// The main process of the run.
    pub fn main_process(&self) -> i32 {
        self.pid
    }

    /// Identifiers of segments that this run has made and not yet seen go.
    pub fn living(&self) -> Vec<i32> {
        self.made.iter().map(|made| made.shmid).collect()
    }

    /// Whether it is known whose run it is, and it is this user's.
    pub fn opened_by(&self, uid: u32) -> bool {
        self.pid > 0 && self.uid == uid
    }

    /// The same run for a reader in another boot of the machine: its segments are gone.
    pub fn after_restart(self) -> Resources {
        Resources { asked: None, made: Vec::new(), restarted: true, ..self }
    }

    /// The same run without the segments that none of these users has made.
    pub fn made_by(mut self, creators: &[u32]) -> Resources {
        self.made.retain(|made| creators.contains(&made.cuid));
        self
    }

    /// Whether any segment may be left.
    pub fn has_segments(&self) -> bool {
        self.asked.is_some() || !self.made.is_empty()
    }

    /// The segment that was made or met last: one of those that are there, if any is.
    pub fn latest(&self, is_there: impl Fn(i32) -> bool) -> Option<i32> {
        self.ever.iter().rfind(|shmid| is_there(**shmid)).or(self.ever.last()).copied()
    }

    /// The scratch folder, if it is still there.
    pub fn scratch_left(&self) -> Option<&PathBuf> {
        self.scratch.as_ref().filter(|path| files::scratch_is_left(path, &self.scratch_made()))
    }

    fn scratch_made(&self) -> files::ScratchIdentity {
        files::ScratchIdentity { pid: self.pid, identity: self.identity, restarted: self.restarted }
    }

    /// The rows that are this run's and not yet marked for removal.
    pub fn left_of(&self, rows: &[Segment]) -> Vec<Segment> {
        rows.iter().filter(|row| !row.is_marked() && self.recognises(row)).cloned().collect()
    }

    fn recognises(&self, row: &Segment) -> bool {
        let made = self.made.contains(&MadeSegment::of(row));
        // It was asked for, and the run died before it wrote down the answer. Creator, key, size, owner and time must
        // match.
        let asked = self.asked.as_ref().is_some_and(|asked| {
            (asked.key, asked.size, asked.cpid, self.uid) == (row.key, row.size, row.cpid, row.cuid)
                && (asked.at - 1..=asked.at + MADE_WITHIN).contains(&row.ctime)
        });
        made || asked
    }

    /// Whether a segment of the run waits for another program.
    pub fn waits(&self, rows: &[Segment]) -> bool {
        self.stays.is_some() && !self.left_of(rows).is_empty()
    }

    /// The first note of this process's run.
    pub fn opening() -> ResourceEvent {
        ResourceEvent::Run {
            version: 1,
            pid: process::own_pid(),
            uid: process::own_uid(),
            boot: settings::boot_id(),
            ipc: settings::ipc_namespace(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Segment {
        Segment {
            key: 7,
            shmid: 3,
            mode: 0o600,
            size: 1024,
            cpid: 50,
            lpid: 0,
            nattch: 0,
            uid: 1000,
            cuid: 1000,
            atime: 0,
            dtime: 0,
            ctime: 100,
            rss: Some(0),
        }
    }

    fn made() -> ResourceEvent {
        ResourceEvent::Made(MadeSegment::of(&row()))
    }

    fn asked() -> ResourceEvent {
        ResourceEvent::Asked(AskedSegment { key: 7, size: 1024, cpid: 50, at: 100 })
    }

    fn resources(note: ResourceEvent) -> Resources {
        let mut resources = Resources { uid: 1000, ..Resources::default() };
        resources.take(note);
        resources
    }

    #[test]
    fn a_made_segment_is_recognised_by_all_its_fields_and_no_fewer() {
        let resources = resources(made());
        assert_eq!(resources.left_of(&[row()]), [row()]);
        let others = [
            Segment { key: 8, ..row() },
            Segment { shmid: 4, ..row() },
            Segment { size: 1, ..row() },
            Segment { cuid: 0, ..row() },
            Segment { ctime: 101, ..row() },
            Segment { mode: 0o1600, ..row() },
        ];
        assert_eq!(resources.left_of(&others), []);
    }

    #[test]
    fn an_announced_segment_is_recognised_by_creator_and_moment() {
        let resources = resources(asked());
        assert_eq!(resources.left_of(&[row(), Segment { ctime: 99, ..row() }]).len(), 2);
        let others = [
            Segment { cpid: 51, ..row() },
            Segment { cuid: 0, ..row() },
            Segment { ctime: 98, ..row() },
            Segment { ctime: 134, ..row() },
        ];
        assert_eq!(resources.left_of(&others), []);
    }

    #[test]
    fn what_was_not_made_or_is_gone_is_nobodys() {
        let mut resources = resources(asked());
        resources.take(ResourceEvent::NotMade);
        assert_eq!(resources.left_of(&[row()]), []);
        resources.take(made());
        resources.take(ResourceEvent::Gone { shmid: 3 });
        assert_eq!((resources.left_of(&[row()]), resources.owns(3)), (vec![], true));
    }

    #[test]
    fn only_what_is_said_to_stay_waits() {
        let mut resources = resources(made());
        assert!(!resources.waits(&[row()]));
        resources.take(ResourceEvent::Stays { lesson: "server".into() });
        assert!(resources.waits(&[row()]) && !resources.waits(&[Segment { ctime: 101, ..row() }]));
        // Another run's segment is known and never cleaned.
        resources.adopt(4);
        let other = Segment { shmid: 4, ..row() };
        assert_eq!((resources.owns(4), resources.left_of(&[other])), (true, vec![]));
    }
}
