//! A step of an order, as data: who called what, what came back, what was printed before the next call. It words nothing.

use serde::{Deserialize, Serialize};

use super::clocks::Ordered;
use super::footprint::Footprint;

/// One operation of a semop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    pub number: u16,
    pub change: i16,
    pub flags: i16,
}

/// What a process did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// It was held at its first instruction and went on to its first call.
    #[default]
    Begin,
    /// `size`: as it was asked for, in bytes.
    Shmget { key: i32, size: u64, flags: i32 },
    /// `address`: where it wants the segment, or 0.
    Shmat { id: i32, address: u64, flags: i32 },
    /// `id`: the segment that is attached there, if one is.
    Shmdt { address: u64, id: Option<i32> },
    /// `command`: by its number.
    Shmctl { id: i32, command: i32 },
    /// `count`: how many semaphores it wants.
    Semget { key: i32, count: i32, flags: i32 },
    /// semop, or semtimedop.
    Semop { id: i32, operations: Vec<Operation> },
    /// `number`: which semaphore of the set.
    Semctl { id: i32, number: i32, command: i32 },
    /// fork, or another call that makes a process or a thread.
    Fork,
    /// It went on behind a call that lets others go on: what it stores there may come before or after what they do.
    GoOn,
    /// A sleep, which returned at once, or sched_yield.
    Sleep,
    /// It computed for a moment without a call.
    Spin,
    /// It slept in a call until another process's step woke it, and went on to its next call.
    Wake,
    /// It ended.
    End,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Nothing worth saying.
    #[default]
    None,
    Returned(i64),
    Failed(i32),
    Exited(i32),
    Died(i32),
}

/// What is worth saying of a step besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// The segment is new.
    Made,
    /// The segment was there, and all its bytes are 0: no process has written to it.
    Unwritten,
    /// It destroyed the segment: no process had it attached, or this was the last attachment.
    Destroyed(i32),
    /// The segment is still attached, and goes with its last detach.
    Marked(i32),
    /// The segment or semaphore was removed before, by this process in this step.
    RemovedBy { role: String, step: usize },
    /// A signal that ends it has come: its number, and the address of the fault.
    Signal { signal: i32, address: Option<u64> },
    /// It waits in this call and has to be woken.
    Waits { call: u64 },
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which process, in the order in which they appear.
    pub actor: usize,
    pub call: Call,
    pub answer: Answer,
    /// What it printed between this call and the next.
    pub printed: Vec<u8>,
    pub notes: Vec<Note>,
    pub footprint: Footprint,
    /// Steps without which it could not have been made.
    pub after: Vec<usize>,
    /// Whether the scheduler chose that it is made now.
    pub chosen: bool,
    /// `server.c:9`, where it was asked for and is known.
    pub line: Option<String>,
}

impl Step {
    /// Whether it is one of the steps whose orders are counted: a call, a fork, or whatever else touches something.
    pub fn counts(&self) -> bool {
        let apart =
            matches!(self.call, Call::Begin | Call::GoOn | Call::Sleep | Call::Spin | Call::Wake | Call::End);
        !apart || !self.footprint.is_empty()
    }

    /// As far as its order counts.
    pub fn ordered(&self) -> Ordered {
        let (actor, counted) = (self.actor, self.counts());
        let with = self.after.first().copied().filter(|_| self.call == Call::Wake);
        Ordered { actor, counted, footprint: self.footprint.clone(), after: self.after.clone(), with }
    }

    /// Whether it only looked: it may be done again and again without getting anywhere.
    pub fn only_looks(&self) -> bool {
        let looks = match &self.call {
            Call::Sleep => true,
            Call::Shmget { .. } => !self.notes.contains(&Note::Made),
            Call::Shmctl { command, .. } => !matches!(*command, libc::IPC_RMID | libc::IPC_SET),
            Call::Semctl { command, .. } => {
                !matches!(*command, libc::IPC_RMID | libc::IPC_SET | libc::SETVAL | libc::SETALL)
            }
            Call::Shmat { .. } | Call::Semget { .. } | Call::Semop { .. } | Call::Shmdt { .. } => false,
            Call::Begin | Call::Fork | Call::GoOn | Call::Spin | Call::Wake | Call::End => false,
        };
        (looks || matches!(self.answer, Answer::Failed(_))) && self.printed.is_empty()
    }
}

/// How a process ended, or why it did not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fate {
    /// With this status.
    Exited(i32),
    /// Of this signal.
    Died(i32),
    /// It waits in this system call.
    Waits { call: u64 },
    /// It waits until a semaphore has another value.
    WaitsForSemaphore { id: i32, number: u16, value: i32, change: i16 },
    /// It looks again and again, or computes, and no process changes what it looks at.
    Looks,
    /// It has stopped itself, and no process continues it.
    Stopped,
    /// lab has ended it together with the order.
    Cut,
}

/// Why an order did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cut {
    /// No process could go on.
    Deadlock,
    /// More processes, steps, bytes of output or time than lab allows.
    Processes,
    Steps,
    Output,
    Time,
}

/// What is compared: two orders with the same end are of one class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ending {
    /// Each process: its name, what it printed with addresses and pids left out, how it ended.
    pub roles: Vec<(String, Vec<u8>, Fate)>,
    pub segments: usize,
    pub semaphores: usize,
    pub cut: Option<Cut>,
}

/// What a program and its children have written, as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streams {
    pub printed: Vec<u8>,
    /// On standard error.
    pub complained: Vec<u8>,
}

/// Something that a witness's story shows to be wrong, right by accident, or worth a remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub name: String,
    pub role: Option<String>,
    /// `server.c:9`, where it is known.
    pub line: Option<String>,
}

/// An order that was played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    pub steps: Vec<Step>,
    /// The names of the processes, by their number.
    pub roles: Vec<String>,
    pub ending: Ending,
    /// Which of the programs have read their input.
    pub read_input: Vec<bool>,
    /// Of each program.
    pub streams: Vec<Streams>,
    /// Whether the call that was to fail was made.
    pub refused: bool,
    /// What a witness has found, where there was one.
    pub findings: Vec<Finding>,
}

impl Played {
    /// Who was chosen, one after the other.
    pub fn choices(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().filter(|step| step.chosen).map(|step| step.actor)
    }

    /// What playing it again has told: its lines and findings, or the findings alone if the choices were others.
    pub fn take(&mut self, again: Played) {
        if self.choices().eq(again.choices()) {
            *self = again;
        } else {
            self.findings = again.findings;
        }
    }

    /// How often another process went on than the one before: the fewer, the easier to read.
    pub fn changes(&self) -> usize {
        self.steps.windows(2).filter(|pair| pair[0].actor != pair[1].actor).count()
    }
}
