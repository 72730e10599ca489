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
    /// The maker's role, if it is a process of the program.
    pub role: Option<String>,
    /// Whether a process with the maker's pid runs.
    pub runs: bool,
    /// The user whom it belongs to.
    pub uid: u32,
    /// How often it is attached.
    pub attaches: u64,
    /// How many seconds ago it was made, or changed last.
    pub age: Option<u64>,
}

/// What some process did: who, in which event, and at which line of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deed {
    pub role: String,
    pub pid: i32,
    pub event: usize,
    pub place: Option<String>,
}

/// A segment that was removed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Removal {
    pub shmid: i32,
    pub by: Deed,
    /// It was marked while it was attached, so that it lived on without its key.
    pub marked: bool,
    /// By the process that now misses it.
    pub own: bool,
}

/// A process that has a segment attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    pub pid: i32,
    pub name: String,
    /// It is a process of the program.
    pub ours: bool,
}

/// A limit of the kernel's, as it was when a call met it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitMet {
    /// Its name below /proc/sys/kernel.
    pub limit: &'static str,
    pub allowed: u64,
    /// How much of it is in use: bytes, pages or segments.
    pub used: u64,
    /// How much the call asked for.
    pub asked: u64,
    /// How much of what is in use the program made itself.
    pub own: u64,
    /// The process outside the program that made most of the rest, and how much.
    pub other: Option<(i32, u64)>,
}

/// What is beside segments in System V IPC.
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
    // `removal`: if the story has it; `elsewhere`: who has a segment of this number in another IPC namespace.
    NoSegment { shmid: i32, removal: Option<Removal>, elsewhere: Option<String> },

    // shmget worked; the segment can't be looked at.
    ReturnedId,
    // shmget took a segment that was there. `own`: it was made by the process that found it; `creat`: the call would
    // have made one; `asked`: for this many bytes.
    Found { there: Existing, own: bool, creat: bool, asked: u64 },
    // shmget made a segment. `private`: with IPC_PRIVATE.
    Created { private: bool, size: u64, pages: u64, mode: u32 },
    // `removal`: of the segment that had the key.
    NoSegmentWithKey { removal: Option<Removal> },
    ExistsAlready { there: Existing },
    TooSmall { asked: u64, there: Existing },
    ModeRefused { asked: u32, there: Existing },
    // `negative`: an earlier size of this process was a negative int.
    NoSize { negative: bool },
    // A negative int, which the kernel takes for a size of nearly 2 to the 64th.
    NegativeSize { asked: u64, int: i64 },
    // What the call needs is more than what a limit leaves.
    LimitReached { met: LimitMet },

    // shmat worked. `again`: where this process has the segment attached as well; `marked`: for removal.
    Attached { shmid: i32, address: Value, read_only: bool, again: Option<Value>, marked: bool },
    AddressRefused { shmid: i32, address: Value },
    AttachRefused { there: Existing },

    // shmdt ended the last attach of a segment that was marked for removal.
    DestroyedByDetach { shmid: i32 },
    // `again`: where this process still has the segment attached.
    Detached { shmid: i32, attaches: u64, again: Option<Value> },
    // It was marked, and it is gone since this shmdt and the ends of other attaches.
    GoneMeanwhile { shmid: i32 },
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
    // IPC_RMID worked in an IPC namespace that can't be looked at.
    RemovedElsewhere { shmid: i32 },
    AlreadyMarked { shmid: i32 },
    // `holders`: who of the program has it attached; of those there may be more.
    MarkedWhileAttached { shmid: i32, attaches: u64, holders: Vec<String> },
    // shmctl is for the owner, the creator and root.
    ControlRefused { there: Existing },
    OwnerAndModeSet { uid: u32, mode: u32 },
    // IPC_SET worked, and what it was given could not be read.
    PerhapsSet,
    // `attaches`: nattch, of which the process has this many itself; `others`: who else has it, each with its name.
    RecordRead { shmid: i32, attaches: u64, own: u64, others: Vec<Holding> },
    RecordOfUnknown,
    // shmctl has no such command.
    NoCommand { command: i32 },

    // semget or msgget made a set of this many semaphores, or a queue. `private`: with IPC_PRIVATE.
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
    NoFile { path: String, project: Option<i32> },

    // vfork: the child has its parent's memory until it runs another program.
    BorrowsMemory { child: String },
    // fork: the child has its parent's attaches, of which `shmid` is the first.
    Inherits { child: String, attaches: u64, shmid: Option<i32> },
    // execve has ended this number of attachments, of which `shmid` is the first.
    Becomes { was: String, name: String, attaches: u64, shmid: Option<i32> },
    // The exit has ended this number of attachments, of which `shmid` is the first.
    ExitDetaches { attaches: u64, shmid: i32 },
    Fault { why: FaultCause },
}

/// An address that is in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredPointer {
    pub shmid: i32,
    /// Where in the segment.
    pub offset: u64,
    pub address: Value,
    /// How far behind the stored address the access was.
    pub behind: u64,
    /// Whose memory is or was at this address, as far as that was seen, and what it is there.
    pub owner: Option<String>,
    pub memory: Option<&'static str>,
    /// What follows looks like the length and the capacity of a C++ string.
    pub string: bool,
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
    /// In the last page before the segment; `before`: this many bytes.
    BeforeStart { shmid: i32, before: u64 },
    /// Where another process, `owner`, has the segment attached.
    Foreign { shmid: i32, owner: String },
    /// A pointer is in the segment, and this is its address, or this many bytes behind it.
    Stored { pointer: StoredPointer },
    /// What a failed shmat returns, or near it.
    MinusOne,
    /// NULL, or an address that no process can have.
    Null,
    /// A few bytes behind NULL.
    NearNull,
    /// No address that was seen before.
    Unknown,
}
