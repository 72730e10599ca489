//! What a process does at the time limit, and what it waits for, as data: which semaphore, which word of memory, which
//! pipe or child, and who could end the wait. Everything is read from outside, and nothing is changed.

use serde::Serialize;

use super::{Process, Story};
use crate::facts::event::Source;
use crate::facts::outcome::Outcome;
use crate::sys::asleep::{self, SleepingCall};
use crate::sys::{evidence, proc, sem};

/// What was found when the time was up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtTimeout {
    /// What one thread of a process was doing.
    Process(Box<Waiter>),
    /// This many more processes were running.
    More(usize),
    /// lab did not run, and its watchdog ended the program.
    LabStopped,
}

/// A thread that was there when the time was up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiter {
    pub role: String,
    pub pid: i32,
    /// Which thread, unless it is the process's first.
    pub thread: Option<i32>,
    pub doing: Doing,
    /// The line that it is in, or that made the call.
    pub source: Option<Source>,
    /// The first segment that it has attached, and how that begins.
    pub holds: Option<(i32, Vec<u8>)>,
    /// Its process has made no call about System V IPC, and has nothing attached.
    pub idle: bool,
    /// How often it had gone to sleep before.
    pub sleeps: Option<u64>,
    /// It slept in this call as long as lab looked at the program.
    pub still: bool,
}

/// What a thread is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// It runs in its own code, and reads this of a segment again and again.
    Running { polls: Option<Polled> },
    /// It is in the system call with this number.
    InCall(i64),
    /// It is in a call of which can be told what it waits for.
    Waiting(Wait),
    /// A signal has stopped it.
    Halted,
    /// It can't be seen.
    Hidden,
}

/// Bytes of a segment that a loop reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Polled {
    pub shmid: i32,
    pub offset: u64,
    pub bytes: Vec<u8>,
}

/// What a thread waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// semop: the first of its operations that the values hold up. `now`: the value and who changed it last; `limited`: it
    /// ends by itself after some time.
    Semaphore { set: i32, number: u16, change: i16, now: Option<(i32, Option<Party>)>, limited: bool },
    /// A word of memory. `place`: the segment it is in, and where; `shared`: another process has had that attached;
    /// `owner`: whom glibc's mutex names as its owner; `expected`: what the word was when the wait began; `alone`: the
    /// process has no other thread.
    Futex {
        address: u64,
        word: Option<u32>,
        private: bool,
        place: Option<(i32, u64)>,
        shared: bool,
        owner: Option<Party>,
        expected: u32,
        alone: bool,
    },
    /// Children that run.
    Children { children: Vec<Party> },
    /// A pipe. `other`: who has its other end open; `own`: the process itself does; `alone`: it has no other thread,
    /// which could use that.
    Pipe { writes: bool, other: Vec<Party>, own: bool, alone: bool },
    /// Another file, such as a terminal.
    File { file: String },
    /// A queue with this many messages.
    Queue { queue: i32, sends: bool, messages: Option<u64> },
    /// The end of a time.
    Sleep,
}

/// A process that has to do with a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Party {
    pub role: String,
    pub pid: i32,
    /// It is a process of the program.
    pub ours: bool,
    pub alive: bool,
    /// The signal that it died of.
    pub signal: Option<i32>,
}

impl Party {
    pub fn of(story: &Story, pid: i32) -> Party {
        let known = story.process(pid);
        let alive = known.map_or_else(
            || proc::state(pid).is_some_and(|state| state != 'Z'),
            |process| process.ended.is_none(),
        );
        let signal = known.and_then(|process| match process.ended {
            Some(Outcome::Died { signal, .. }) => Some(signal),
            _ => None,
        });
        Party { role: story.role(pid), pid, ours: known.is_some(), alive, signal }
    }
}

/// How many processes are named with a wait.
const MAX_PARTIES: usize = 8;
/// How many operations of a semop are looked at.
const MAX_OPERATIONS: usize = 16;

/// What a call waits for, where that can be told; `process` made it.
pub fn wait(story: &Story, process: &Process, call: &SleepingCall) -> Option<Wait> {
    let [first, second, third, ..] = call.args;
    let pid = process.pid;
    Some(match call.number {
        libc::SYS_semop | libc::SYS_semtimedop => semaphore(story, process, call)?,
        libc::SYS_futex => futex(story, process, first, second as i32, third as u32),
        libc::SYS_wait4 => children(story, pid, first as i32),
        libc::SYS_waitid => {
            let one = first as i32 == libc::P_PID as i32;
            children(story, pid, if one { second as i32 } else { -1 })
        }
        libc::SYS_read => file(story, pid, first, false)?,
        libc::SYS_write => file(story, pid, first, true)?,
        libc::SYS_msgrcv | libc::SYS_msgsnd => Wait::Queue {
            queue: first as i32,
            sends: call.number == libc::SYS_msgsnd,
            messages: evidence::queue_rows()
                .into_iter()
                .find(|row| row.id == first as i32)
                .map(|row| row.count),
        },
        libc::SYS_clock_nanosleep | libc::SYS_nanosleep => Wait::Sleep,
        _ => return None,
    })
}

/// struct sembuf: number, change and flags, 16 bits each.
fn operations(pid: i32, at: u64, count: u64) -> Vec<(u16, i16)> {
    let mut bytes = vec![0; MAX_OPERATIONS.min(count as usize) * size_of::<libc::sembuf>()];
    let read = asleep::read(pid, at, &mut bytes);
    let half = |row: &[u8], at: usize| u16::from_ne_bytes([row[at], row[at + 1]]);
    let rows = bytes[..read].chunks_exact(size_of::<libc::sembuf>());
    rows.map(|row| (half(row, 0), half(row, 2).cast_signed())).collect()
}

fn semaphore(story: &Story, process: &Process, call: &SleepingCall) -> Option<Wait> {
    let set = call.args[0] as i32;
    let operations = operations(process.pid, call.args[1], call.args[2]);
    let now = |number: u16| {
        // In another namespace the identifier is another set's.
        let seen = (!process.elsewhere).then(|| sem::semaphore(set, number.into()).ok()).flatten()?;
        let changed_by = (seen.changed_by > 0).then(|| Party::of(story, seen.changed_by));
        Some((seen.value, changed_by))
    };
    let all: Vec<_> = operations.iter().map(|(number, change)| (*number, *change, now(*number))).collect();
    let held_up = |(_, change, now): &&(u16, i16, Option<(i32, Option<Party>)>)| {
        now.as_ref().is_some_and(|(value, _)| match change {
            0 => *value != 0,
            change => value + i32::from(*change) < 0,
        })
    };
    let (number, change, now) = all.iter().find(held_up).or(all.first())?.clone();
    let limited = call.number == libc::SYS_semtimedop && call.args[3] != 0;
    Some(Wait::Semaphore { set, number, change, now, limited })
}

fn word(pid: i32, address: u64) -> Option<u32> {
    let mut bytes = [0; 4];
    (asleep::read(pid, address, &mut bytes) == 4).then(|| u32::from_ne_bytes(bytes))
}

fn futex(story: &Story, process: &Process, address: u64, operation: i32, expected: u32) -> Wait {
    /// Where glibc's pthread_mutex_t has the thread that owns it.
    const OWNER: u64 = 8;
    let pid = process.pid;
    let attach = story.memory(pid).and_then(|process| process.attaches.holding(address));
    let place = attach.map(|attach| (attach.shmid, address - attach.address));
    let life = place.and_then(|(shmid, _)| story.life(shmid));
    // A mutex that some process waits for holds 2, and the owner comes after it.
    let word_now = word(pid, address);
    let owner = (word_now == Some(2) && place.is_some())
        .then(|| word(pid, address.saturating_add(OWNER)))
        .flatten()
        .map(|tid| proc::process_of(tid.cast_signed()).unwrap_or(tid.cast_signed()))
        .filter(|owner| story.process(*owner).is_some())
        .map(|owner| Party::of(story, owner));
    Wait::Futex {
        address,
        word: word_now,
        private: operation & libc::FUTEX_PRIVATE_FLAG != 0,
        place,
        shared: life.is_some_and(|life| life.attached_by.len() > 1),
        owner,
        expected,
        alone: asleep::threads(pid).len() == 1,
    }
}

fn children(story: &Story, pid: i32, which: i32) -> Wait {
    let mine = story.alive().filter(|child| child.parent == Some(pid) && (which <= 0 || child.pid == which));
    Wait::Children { children: mine.take(MAX_PARTIES).map(|child| Party::of(story, child.pid)).collect() }
}

fn file(story: &Story, pid: i32, descriptor: u64, writes: bool) -> Option<Wait> {
    let file = proc::file_of(pid, descriptor)?;
    if !file.starts_with("pipe:") {
        return Some(Wait::File { file });
    }
    let other_end = |process: i32| {
        let (can_read, can_write) = asleep::has_open(process, &file);
        if writes { can_read } else { can_write }
    };
    let others = story.alive().filter(|other| other.pid != pid && other_end(other.pid));
    let other = others.take(MAX_PARTIES).map(|other| Party::of(story, other.pid)).collect();
    Some(Wait::Pipe { writes, other, own: other_end(pid), alone: asleep::threads(pid).len() == 1 })
}

impl Waiter {
    /// The process without which this wait does not end, if there is one only: the owner of a lock, who changed a
    /// semaphore last, the child, who holds the other end.
    pub fn waits_for(&self) -> Option<i32> {
        let only = |parties: &[Party]| match parties {
            [one] => Some(one.pid),
            _ => None,
        };
        let pid = match &self.doing {
            Doing::Waiting(Wait::Semaphore {
                now: Some((_, Some(last))),
                change: ..0,
                limited: false,
                ..
            }) => last.pid,
            Doing::Waiting(Wait::Futex { owner: Some(owner), .. }) => owner.pid,
            Doing::Waiting(Wait::Children { children }) => only(children)?,
            Doing::Waiting(Wait::Pipe { other, own, alone, .. }) if *alone || !*own => only(other)?,
            _ => return None,
        };
        (pid != self.pid).then_some(pid)
    }

    /// Whether it is worth telling of a thread that is not its process's first.
    pub fn says_more(&self) -> bool {
        match &self.doing {
            Doing::Waiting(Wait::Semaphore { .. }) | Doing::Running { .. } => true,
            Doing::Waiting(Wait::Futex { place, .. }) => place.is_some(),
            _ => false,
        }
    }
}
