//! A watched call as data: what was asked, and what came back.

use super::Telling;
use super::story::LastLook;
use crate::facts::event::Segment;
use crate::facts::meaning::ObjectKind;
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;
use crate::sys::evidence::{self, IpcRow};
use crate::sys::seccomp::trace::WatchedCall;

/// A call that has not come back yet.
#[derive(Debug)]
pub struct Pending {
    pub(super) watched: WatchedCall,
    pub(super) args: [u64; 6],
    /// Words that may be the addresses of its callers.
    pub(super) callers: Vec<u64>,
    /// Whether it is reported, or only counted.
    pub(super) kept: Telling,
    /// The segment it is about, where the arguments say.
    pub(super) segment: Option<i32>,
    pub(super) before: Vec<Segment>,
    /// The path of a stat.
    pub(super) path: Vec<u8>,
    /// What was in the segment before a shmdt.
    pub(super) last: Option<LastLook>,
    /// The set or the queue that had the key before, with its row.
    pub(super) there: Option<IpcRow>,
    /// The record that IPC_SET passes.
    pub(super) set: Option<Segment>,
}

pub struct CompletedCall<'a> {
    pub pid: i32,
    pub call: TracedCall,
    pub pending: &'a Pending,
    pub outcome: Outcome,
}

/// As what a watched call is reported; none for one that is watched for another reason.
pub(super) const fn told_as(watched: WatchedCall) -> Option<TracedCall> {
    Some(match watched {
        WatchedCall::Shmget => TracedCall::Shmget,
        WatchedCall::Shmat => TracedCall::Shmat,
        WatchedCall::Shmdt => TracedCall::Shmdt,
        WatchedCall::Shmctl => TracedCall::Shmctl,
        WatchedCall::Semget => TracedCall::Semget,
        WatchedCall::Semctl => TracedCall::Semctl,
        WatchedCall::Msgget => TracedCall::Msgget,
        WatchedCall::Msgctl => TracedCall::Msgctl,
        WatchedCall::Ptrace => TracedCall::Ptrace,
        _ => return None,
    })
}

/// The number of a call and its arguments, as kernels with 32-bit ints see them.
pub(super) fn int(argument: u64) -> i32 {
    argument as i32
}

/// What a call makes, finds or removes, if it is not a segment.
pub(super) const fn kind_of(watched: WatchedCall) -> Option<ObjectKind> {
    match watched {
        WatchedCall::Semget | WatchedCall::Semctl => Some(ObjectKind::Set),
        WatchedCall::Msgget | WatchedCall::Msgctl => Some(ObjectKind::Queue),
        _ => None,
    }
}

pub(super) fn rows_of(kind: ObjectKind) -> Vec<IpcRow> {
    match kind {
        ObjectKind::Set => evidence::set_rows(),
        ObjectKind::Queue => evidence::queue_rows(),
    }
}
