//! What a traced call met and what that means, typed: which of all cases it was, and its numbers. No word is chosen
//! here. In JSON the variant's name and its fields stand beside those of [`super::event::Seen`], so no field may be
//! called as one of those.

use serde::Serialize;

use super::outcome::Value;

/// A segment that has the key already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Existing {
    pub shmid: i32,
    pub size: u64,
    /// The nine permission bits.
    pub mode: u32,
    /// The pid of its maker.
    pub maker: i32,
}

/// What stands beside segments in System V IPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    Set,
    Queue,
}

/// What a call means at this moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "meaning", rename_all = "snake_case")]
pub enum Meaning {
    // No more can be said than what this errno means for this function.
    Errno { function: &'static str, errno: i32 },
    KeyMinusOne,
    IdMinusOne,
    AddressMinusOne,
    NoSegment { shmid: i32 },

    // shmget worked; the segment can't be looked at.
    ReturnedId,
    // shmget took a segment that was there. `role`: its maker's, if that is a process of the program; `own`: the same
    // that found it; `creat`: it would have made one.
    Found { shmid: i32, maker: i32, role: Option<String>, own: bool, creat: bool },
    // shmget made a segment. `private`: with IPC_PRIVATE.
    Created { private: bool, size: u64, pages: u64, mode: u32 },
    NoSegmentWithKey,
    ExistsAlready { there: Existing },
    TooSmall { asked: u64, there: Existing },
    ModeRefused { asked: u32, there: Existing },
    NoSize,
    OverShmmax { asked: u64, shmmax: u64 },

    // shmat worked. `again`: where this process has the segment attached as well; `marked`: for removal.
    Attached { shmid: i32, address: Value, read_only: bool, again: Option<Value>, marked: bool },
    AddressRefused { shmid: i32, address: Value },
    AttachRefused { shmid: i32, mode: u32, uid: u32 },

    // shmdt ended the last attach of a segment that was marked for removal.
    DestroyedByDetach { shmid: i32 },
    Detached { shmid: i32, attaches: u64 },
    AddressNull,
    // shmdt of where a segment was attached, whose beginning is not mapped there any more.
    BeginningGone { shmid: i32 },
    InsideSegment { shmid: i32, offset: u64, start: Value },
    UnmappedBefore { shmid: i32 },
    DetachedBefore { shmid: i32 },
    // Nothing is attached there, but a segment is elsewhere.
    AttachedElsewhere { shmid: i32, start: Value },
    NothingAttached,

    // shmctl was given a key; `shmid` is the segment that has it.
    KeyForId { given: i32, shmid: i32 },
    DestroyedAtOnce { shmid: i32 },
    AlreadyMarked { shmid: i32 },
    MarkedWhileAttached { shmid: i32, attaches: u64 },
    OwnerAndModeSet { uid: u32, mode: u32 },
    // IPC_SET worked, and what it was given could not be read.
    PerhapsSet,
    RecordRead,

    // semget or msgget made a set of so many semaphores, or a queue. `private`: with IPC_PRIVATE.
    ObjectMade { kind: ObjectKind, id: i32, count: u64, private: bool },
    // It found one; `maker`: the role of who made it, if that is a process of the program.
    ObjectFound { kind: ObjectKind, id: i32, count: u64, maker: Option<String> },
    // IPC_EXCL wants a new one, and this one has the key.
    ObjectExists { kind: ObjectKind, id: i32, count: u64, maker: Option<String> },
    NoObjectWithKey { kind: ObjectKind },
    ObjectRemoved { kind: ObjectKind, id: i32 },
    // ptrace failed because the program is traced.
    TracedAlready,
    // A file whose device and inode make up the key: it was ftok.
    KeyOfFile { project: i32, device: u64, inode: u64, key: Value },
    // The file of an ftok was not found; its path as C spells it.
    NoFile { path: String },

    // vfork: the child has its parent's memory until it runs another program.
    BorrowsMemory { child: String },
    // fork: the child has its parent's attaches, of which `shmid` is the first.
    Inherits { child: String, attaches: u64, shmid: Option<i32> },
    // execve has ended so many attaches, of which `shmid` is the first.
    Becomes { was: String, name: String, attaches: u64, shmid: Option<i32> },
    // The exit has ended so many attaches, of which `shmid` is the first.
    ExitDetaches { attaches: u64, shmid: i32 },
    Fault { why: FaultCause },
}

/// What the address of a fault was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum FaultCause {
    /// Something else was mapped in the segment's place.
    OtherMapping { shmid: i32 },
    /// Attached with SHM_RDONLY, and written.
    ReadOnlyAttach { shmid: i32, offset: u64 },
    /// The mapping does not allow it for another reason.
    Forbidden { shmid: i32 },
    /// A part of the segment is not mapped any more.
    PartGone { shmid: i32 },
    /// Where the segment was attached until shmdt.
    AfterShmdt { shmid: i32, start: Value },
    /// The same until munmap, mremap or another mapping.
    AfterUnmap { shmid: i32 },
    /// The same until exec.
    AfterExec { shmid: i32 },
    /// Past the segment's last page; `offset`: from its start.
    PastEnd { shmid: i32, size: u64, offset: u64 },
    /// The lower half of the address where the segment is attached.
    HalfAddress { shmid: i32, start: Value },
    /// Where another process, `owner`, has the segment attached.
    Foreign { shmid: i32, owner: String },
    /// What a failed shmat returns, or near it.
    MinusOne,
    /// NULL, or an address that no process can have.
    Null,
    /// A few bytes behind NULL.
    NearNull,
    /// No address that was seen before.
    Unknown,
}
