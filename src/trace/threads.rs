//! What the tracer knows of threads and of processes that run, besides their story. It goes with them.

use super::call::Pending;
use super::escapes::Between;
use super::ftok::FileQueries;
use super::inspect::Last;
use crate::facts::event::Segment;

/// A thread of the program.
#[derive(Debug)]
pub struct Thread {
    pub process: i32,
    /// The watched call it is in.
    pub pending: Option<Pending>,
    /// A call that is watched for what it hides, if it is in one.
    pub between: Option<Between>,
}

impl Thread {
    /// A thread of this process, in no call.
    pub fn of(process: i32) -> Thread {
        Thread { process, pending: None, between: None }
    }
}

/// What is known of a process besides its story.
#[derive(Debug, Default)]
pub struct Private {
    pub looks: FileQueries,
    /// How many it has made.
    pub looked: usize,
    /// Its IPC namespace has been looked at.
    pub checked: bool,
    /// Children so far, for their names.
    pub children: usize,
    /// The last shmget and the last shmat that are remembered, its own or its parent's before it: the number, and
    /// whether it failed.
    pub shm_calls: [Option<(usize, bool)>; 2],
    /// What was read of its segments just before it ended.
    pub last: Vec<Last>,
    /// Their rows at that time.
    pub rows: Vec<Segment>,
}
