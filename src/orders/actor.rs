//! A process of an order, or a thread: how it is held, what it is about to do, what it has printed.

use std::collections::HashMap;
use std::fs::File;

use super::kernel::Kernel;
use super::step::{Answer, Call, Fate, Operation};
use crate::sys::ptrace::{Info, Stopped, Syscall};
use crate::sys::seccomp::orders::{OrderedCall, by_number};
use crate::sys::{proc, sem};

/// After as many looks that showed nothing new another process goes first.
pub const MAX_LOOKS: usize = 3;

/// How it is held.
#[derive(Debug, Default)]
pub enum State {
    /// It was forked and has not reached its exec.
    #[default]
    Starting,
    Held(Stopped, Before),
    Running,
    /// It sleeps in a call until it is woken.
    Waiting,
    /// Stopped by a signal.
    Stopped,
    Gone,
}

/// What it is about to do where it is held.
#[derive(Debug)]
pub enum Before {
    /// To run: before its first instruction, or behind a call that lets others go on.
    Code,
    Call(Info, OrderedCall),
    /// To compute on: it was interrupted.
    Spin,
    End,
}

#[derive(Debug, Default)]
pub struct Actor {
    pub tid: i32,
    /// The process: its own tid, or of a thread its process's.
    pub process: i32,
    /// Which program it is, or whose child.
    pub program: usize,
    pub role: String,
    pub state: State,
    /// What it is about to do.
    pub pending: Call,
    /// It is in that call, whose end is a stop.
    pub calling: bool,
    /// All that it has printed.
    pub printed: Vec<u8>,
    pub fate: Option<Fate>,
    /// Its end was taken into account.
    pub left: bool,
    /// The step that it makes or has made last, and the last one that was a call.
    pub step: Option<usize>,
    pub call: Option<usize>,
    /// Steps without which it could not make its next one.
    pub after: Vec<usize>,
    /// The signal that came last, and its fault's address.
    pub signal: Option<(i32, Option<u64>)>,
    /// Its parent waits until it has exec'd or ended, or it waits so itself.
    pub vforks: bool,
    /// How many children it has had, and how many before this step.
    pub children: usize,
    pub children_before: usize,
    /// What it saw since it did more than look, and how often it saw it again.
    pub seen: Vec<(Call, Answer)>,
    pub looks: usize,
    /// Another process has made a step since its own last one.
    pub others_moved: bool,
    /// Its processor time when this step was first looked at.
    pub computed: Option<u64>,
    pub interrupted: bool,
    /// How often it was interrupted while no other process could go on.
    pub alone: usize,
    pub input: Option<File>,
}

impl Actor {
    /// One that was made just now.
    pub fn new(tid: i32, (process, program): (i32, usize), role: String) -> Actor {
        Actor { tid, process, program, role, others_moved: true, ..Actor::default() }
    }

    pub fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether it sleeps until something wakes it. One that is about to sleep, or looks once more whether it must, has
    /// the same state as one that sleeps. So the kernel is asked for its call in between, and answers only when it is off
    /// its processor. A first thread that has ended waits for the others, if it has `threads`.
    pub fn sleeps(&self, threads: bool) -> bool {
        let asleep = || match proc::state(self.tid) {
            Some('Z') => threads,
            Some('S') => true,
            Some('D') => self.vforks,
            _ => false,
        };
        let ended = || threads && proc::state(self.tid) == Some('Z');
        asleep() && (ended() || waits_in(self.tid).is_some()) && asleep()
    }

    /// The stop it is held in, if it is, and what it is about to do. It runs from now on.
    pub fn released(&mut self) -> Option<(Stopped, Before)> {
        match std::mem::replace(&mut self.state, State::Running) {
            State::Held(stopped, before) => return Some((stopped, before)),
            other => self.state = other,
        }
        None
    }

    /// Whether it can make a step now that may lead anywhere.
    pub fn may_go(&self) -> bool {
        self.may_go_in_vain()
            && match &self.state {
                State::Held(_, Before::Spin) => self.others_moved,
                State::Held(_, Before::Call(..)) => self.looks < MAX_LOOKS || self.others_moved,
                _ => true,
            }
    }

    /// Whether it can make a step at all, if only one that shows it what it has seen already.
    pub fn may_go_in_vain(&self) -> bool {
        matches!(self.state, State::Held(..)) && self.held_by_semaphore().is_none()
    }

    /// The operation that would make it wait now. The kernel does all of a semop's operations or none, each after those
    /// before it.
    pub fn held_by_semaphore(&self) -> Option<Fate> {
        let State::Held(_, Before::Call(..)) = &self.state else { return None };
        let Call::Semop { id, operations } = &self.pending else { return None };
        let mut values: HashMap<u16, i32> = HashMap::new();
        for one in operations {
            let value = match values.get(&one.number) {
                Some(value) => *value,
                // A set that can't be looked at: the kernel will say what comes of the call.
                None => sem::value(*id, one.number.into()).ok()?,
            };
            let (change, waits) = (i32::from(one.change), i32::from(one.flags) & libc::IPC_NOWAIT == 0);
            let blocks = if change == 0 { value != 0 } else { value + change < 0 };
            if blocks {
                let (id, number) = (*id, one.number);
                return waits.then_some(Fate::WaitsForSemaphore { id, number, value, change: one.change });
            }
            values.insert(one.number, value + change);
        }
        None
    }

    /// Why it can't go on.
    pub fn hindrance(&self) -> Fate {
        match (&self.fate, &self.state) {
            (Some(fate), _) => fate.clone(),
            (None, State::Stopped) => Fate::Stopped,
            (None, State::Waiting) => Fate::Waits { call: waits_in(self.tid).unwrap_or(u64::MAX) },
            (None, State::Held(_, Before::Call(..) | Before::Spin)) => {
                self.held_by_semaphore().unwrap_or(Fate::Looks)
            }
            (None, _) => Fate::Cut,
        }
    }
}

/// The system call in which a process sleeps; none if it runs.
pub fn waits_in(tid: i32) -> Option<u64> {
    proc::proc_text(tid, "syscall").ok()?.split(' ').next()?.parse().ok()
}

/// The call of a stop as data. Of an int only 32 bits count, as C passes them on.
pub fn decoded(call: OrderedCall, info: &Info, stopped: &Stopped, kernel: &Kernel, process: i32) -> Call {
    let Syscall::Entry { args, .. } = info.call else { return Call::Spin };
    let int = |at: usize| args[at] as i32;
    match call {
        OrderedCall::Shmget => Call::Shmget { key: int(0), size: args[1], flags: int(2) },
        OrderedCall::Shmat => Call::Shmat { id: int(0), address: args[1], flags: int(2) },
        OrderedCall::Shmdt => {
            let attached = kernel.attachments(process).iter().find(|(at, _, _)| *at == args[0]);
            Call::Shmdt { address: args[0], id: attached.map(|(_, id, _)| *id) }
        }
        OrderedCall::Shmctl => Call::Shmctl { id: int(0), command: int(1) },
        OrderedCall::Semget => Call::Semget { key: int(0), count: int(1), flags: int(2) },
        OrderedCall::Semop | OrderedCall::SemTimedOp => {
            Call::Semop { id: int(0), operations: operations(stopped, args[1], args[2]) }
        }
        OrderedCall::Semctl => Call::Semctl { id: int(0), number: int(1), command: int(2) },
        OrderedCall::Fork | OrderedCall::Clone | OrderedCall::Clone3 => Call::Fork,
        OrderedCall::Sleep | OrderedCall::Yield => Call::Sleep,
        OrderedCall::Write => Call::Spin,
    }
}

/// A semop's array of struct sembuf: three times two bytes each. The kernel takes at most 500 of them.
fn operations(stopped: &Stopped, address: u64, number: u64) -> Vec<Operation> {
    let mut bytes = vec![0; 6 * number.min(500) as usize];
    let there = stopped.read(address, &mut bytes);
    let pair = |two: &[u8]| i16::from_ne_bytes([two[0], two[1]]);
    let one = |six: &[u8]| Operation {
        number: pair(six).cast_unsigned(),
        change: pair(&six[2..]),
        flags: pair(&six[4..]),
    };
    bytes[..there].chunks_exact(6).map(one).collect()
}

/// The call of a stop before a call, if it is one of those that are ordered.
pub fn ordered(info: &Info) -> Option<OrderedCall> {
    match info.call {
        Syscall::Entry { number, .. } => by_number(info.arch, number),
        _ => None,
    }
}
