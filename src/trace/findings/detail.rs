//! What a rule has found, typed: a variant a rule (one for all faults), with the numbers of this very program. No word is chosen here. In
//! JSON the variant's name and its fields stand beside those of [`super::Diagnosis`], so no field may be called as one
//! of those.

use serde::Serialize;

use super::Level;
use super::waits::{HeldLock, RingLink, SleptIn};
use crate::facts::meaning::{Deed, Existing, FaultCause, LimitMet, Meaning, ObjectKind, Removal};
use crate::facts::outcome::Value;

/// What was found. `call`: a call as it was made; `maker`: the role of who made the segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "detail", rename_all = "snake_case")]
pub enum Detail {
    /// ftok() failed, and `user` used the key -1.
    MissingFile { call: String, errno: i32, user: String },
    /// With the errno of a shmget that failed, or the segment of one that worked.
    KeyMinusOne { errno: Option<i32>, shmid: Option<i32> },
    /// ftok() takes 8 bits of it.
    ProjectOver { project: i32 },
    /// ftok() is not defined for it.
    ProjectZero,
    /// Two files with one key. `used`: both keys led to a segment.
    TwinFiles {
        path: String,
        inode: u64,
        other: String,
        other_inode: u64,
        key: Value,
        #[serde(skip)]
        used: bool,
    },
    /// Key 0 made a new segment, where the same process had made the `earlier` one with it.
    PrivateLookup { user: String, shmid: i32, earlier: i32 },
    /// A size that no segment can have.
    ImpossibleSize { call: String, why: Meaning },
    /// A limit of the kernel's left less than was asked for.
    LimitReached { call: String, met: LimitMet },
    /// A segment from before this run. `holds`: its first bytes when it was attached; `removed`: by this program.
    OldSegment {
        user: String,
        there: Existing,
        asked: u64,
        #[serde(serialize_with = "crate::facts::outcome::as_text")]
        holds: Vec<u8>,
        removed: bool,
    },
    /// A segment from before this run, because of which a call failed.
    InTheWay { user: String, call: String, errno: i32, there: Existing },
    /// A set or a queue from before this run.
    ObjectInTheWay { user: String, call: String, kind: ObjectKind, id: i32 },
    /// `at_exit`: by a handler that exit() runs, in a forked child; `by_child`: by a child of the user, or by a child's.
    UsedAfterRemoval { user: String, call: String, removal: Removal, at_exit: bool, by_child: bool },
    /// `user` looked for the key when another process had removed the segment.
    RemovedTooEarly { user: String, call: String, removal: Removal },
    /// `may_look`: who removed it had it attached, and may have waited for a byte in it.
    AttachRace { user: String, shmid: i32, by: Deed, may_look: bool },
    /// The identifier means a segment in the IPC namespace of `owner`.
    OtherNamespace { user: String, owner: String, shmid: i32 },
    /// The inode is another one than it `was`.
    KeyChanged { call: String, inode: u64, was: u64 },
    /// `made`: by which call of this program.
    LargerThanSegment { shmid: i32, size: u64, asked: u64, made: Option<Deed> },
    /// The mode and IPC_CREAT as a decimal number.
    DecimalMode { decimal: i32 },
    /// The mode gives not even the owner a permission.
    ModeZero,
    /// `bits`: the segment's mode; `root`: it worked, for root; `made`: this program made the segment.
    OwnerWithoutRights { shmid: i32, bits: u32, user: String, root: bool, made: bool },
    /// IPC_CREAT would have taken an old segment as well.
    CreatWithoutExcl { maker: String },
    /// `other`: a process of another user that attached it.
    WorldWritable { mode: i32, other: Option<String> },
    /// IPC_EXCL without IPC_CREAT does nothing.
    ExclAlone,
    /// `got`: what shmget returned, if it worked.
    IdFromComparison { user: String, shmid: i32, got: Option<i32> },
    /// `then`: the function that was given the -1 of this call.
    ShmgetUnchecked { call: String, errno: i32, then: &'static str },
    /// `then`: the function that was given a key; `shmid`: the segment with that key.
    KeyForId { key: Value, errno: i32, then: &'static str, shmid: Option<i32> },
    /// shmctl() does not have such a command.
    WrongCommand { command: i32 },
    /// shmat() could not attach at the address that the program chose.
    AddressInUse { address: Value },
    /// `address`: of the fault; none where the -1 went into shmdt.
    ShmatUnchecked { call: String, errno: i32, address: Option<Value> },
    /// An access that did not work, and what its address was.
    Fault { user: String, address: Value, why: FaultCause },
    /// Nothing is attached where shmdt() was to detach.
    ShmdtWrongAddress { call: String, why: Option<Meaning> },
    /// Bytes behind the size that was asked for, from `first` to `last`; `full`: that is the page's last byte.
    Overrun { shmid: i32, size: u64, first: u64, last: u64, full: bool },
    /// shmat() does not take permission bits.
    ModeInShmat { mode: i32 },
    /// The segment was marked for removal before.
    AttachedAfterRemoval { shmid: i32, user: String },
    /// A reader made the segment itself and removed it, and another process made a `later` one.
    ReaderFirst { maker: String, shmid: i32, later_maker: String, later: i32 },
    /// A look-up that failed before the segment was made.
    LookedTooEarly { user: String, call: String, later_maker: String, later: i32 },
    /// `bytes`: this many were looked at, and all were 0; `made`: the one who left it had made it.
    LeftEmpty { user: String, shmid: i32, writer: String, bytes: u64, made: bool, crashed: bool },
    /// `apart`: what another program wrote in this run, and left under another key.
    EmptySegment { maker: String, shmid: i32, apart: Option<Apart> },
    /// The marked segment, who kept it, and the new one with its key.
    SplitKey { shmid: i32, holder: String, later_maker: String, later: i32 },
    /// `process`: the maker's pid; `all`: how many of its segments are there.
    NeverDestroyed { maker: String, shmid: i32, process: Option<i32>, all: usize },
    /// `signal`: what its maker was killed by, if it was; `cut`: lab ended a process that had it.
    LeftBehind { maker: String, shmid: i32, key: Value, signal: Option<i32>, cut: bool },
    /// `gone`: it was not only marked; `forked`: another process had removed it before.
    RemovedTwice { shmid: i32, gone: bool, forked: bool },
    /// It asked for nattch while it was attached itself, and did not remove the segment.
    OwnAttachCounted { user: String, shmid: i32, own: u64 },
    /// This many removed segments, of this many bytes in all, that were still attached at its end.
    KeptAttached { user: String, segments: u64, bytes: u64 },
    /// The process ended with the segment attached.
    NotDetached { user: String, shmid: i32 },
    /// A set or a queue that is left; `private`: it has no key to find it by.
    ObjectLeft { kind: ObjectKind, id: i32, key: Value, maker: String, private: bool },
    /// A lock whose waits are private to one process, in a segment that several have. `was`: the lock's word when the
    /// wait began; `is`: its word now; `at`: the line that waits; `woken`: a signal that the tracer handed on ended the
    /// wait.
    PrivateLock {
        user: String,
        shmid: i32,
        offset: u64,
        was: u32,
        is: Option<u32>,
        at: Option<String>,
        woken: bool,
    },
    /// `user` waits for what a process had that has ended; `signal`: that it was killed by.
    DeadHolder { user: String, at: Option<String>, holder: String, signal: Option<i32>, what: HeldLock },
    /// `user` waits for a semaphore that is 0 since its set was made, and every process slept; `need`: what it has to be.
    SemaphoreNotSet { user: String, at: Option<String>, set: i32, number: u16, need: i32 },
    /// Every process sleeps in a semop, or until such a one ends.
    AllAsleep { waits: Vec<SleptIn> },
    /// Each waits for the next, and the last for the first.
    Deadlock { waits: Vec<RingLink> },
    /// `busy`: both computed for long while both could write.
    UnorderedWriters { user: String, other: String, shmid: i32, busy: bool },
}

impl Detail {
    /// How bad it is, where that is not what its rule says.
    pub fn level(&self) -> Option<Level> {
        match self {
            Detail::KeyMinusOne { errno: Some(_), .. }
            | Detail::TwinFiles { used: true, .. }
            | Detail::ObjectLeft { private: true, .. } => Some(Level::Mistake),
            Detail::OldSegment { there, asked, .. } if *asked != 0 && *asked != there.size => {
                Some(Level::Mistake)
            }
            // That it worked with identifier 0, for root, or because another user may write, is what the run leaned on.
            Detail::IdFromComparison { got: Some(0), .. }
            | Detail::OwnerWithoutRights { root: true, .. }
            | Detail::WorldWritable { other: Some(_), .. } => Some(Level::RightByAccident),
            Detail::AttachRace { may_look: true, .. } => Some(Level::Remark),
            _ => None,
        }
    }
}

/// A segment that another program has filled, and that no process but its maker has used; `path`: of the file that both
/// keys come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Apart {
    pub writer: String,
    pub filled: i32,
    pub other: Value,
    pub path: Option<String>,
}
