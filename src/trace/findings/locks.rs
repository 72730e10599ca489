//! What processes waited for that slept when the time was up, as a finding tells it: typed, with no word chosen. Nothing
//! is looked for here.

use serde::Serialize;

/// What a process that has ended has not given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "lock", rename_all = "snake_case")]
pub enum HeldLock {
    Semaphore { set: i32, number: u16 },
    // In a segment, `offset` bytes from its start.
    Mutex { shmid: i32, offset: u64 },
}

/// A process that sleeps in semop: for which semaphore, what its value is, and who changed it last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SleptIn {
    pub role: String,
    /// The line that waits.
    pub at: Option<String>,
    pub set: i32,
    pub number: u16,
    pub value: i32,
    pub last: Option<String>,
}

/// One of several processes of which each waits for the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RingLink {
    pub role: String,
    /// The line that waits.
    pub at: Option<String>,
    pub what: RingWait,
    /// Who could end the wait.
    pub next: String,
}

/// What it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "wait", rename_all = "snake_case")]
pub enum RingWait {
    Semaphore { set: i32, number: u16 },
    Mutex { shmid: i32, offset: u64 },
    Child,
    Pipe,
}
