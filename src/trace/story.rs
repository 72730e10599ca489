//! What a trace has seen, as data: events, processes, segments' lives, and which event led to which. Diagnoses
//! and the summary read it; only the tracer writes it. It computes nothing that was not observed.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use super::attaches::Attaches;
use super::escapes::Undecoded;
use super::roles::Roles;
use super::unseen::{Note, Unseen};
use crate::facts::event::{Event, Segment};
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;
use crate::sys::ptrace::Birth;

/// No person reads of more segments that are gone, and each costs memory.
const FIRST_LIVES: usize = 1000;
/// Of more segments nothing is kept, whether they are gone or not: a kernel has at most 32,768 unless it was
/// started with larger tables.
const MAX_LIVES: usize = 40_000;
/// So much of what can't be seen is kept.
const MAX_UNSEEN: usize = 20;

/// Everything seen, in order.
#[derive(Debug, Default)]
pub struct Story {
    /// The calls, in the order of their numbers. Of calls that repeat, only the first are kept: see `counted`.
    pub events: Vec<Event>,
    /// The number of the next one. Events that are told and not kept have numbers too.
    pub next: usize,
    /// Those that run, and of those that are gone the ones of which something is still to be told.
    pub processes: Vec<Process>,
    /// How many there were in all.
    pub entered: usize,
    /// With so many processes those that are gone are let go.
    pub(super) crowded: usize,
    /// Of very many only those that are still there or were told: see `passed`.
    pub lives: Vec<Life>,
    /// How many segments more came and went.
    pub passed: usize,
    /// With so many lives those that are over are let go.
    full: usize,
    /// Where in `processes` a pid's last process is.
    pub(super) by_pid: HashMap<i32, usize>,
    /// Every role there is or was.
    pub(super) roles: Roles,
    /// How many attaches are open in all processes together.
    pub(super) held: usize,
    /// How many more were counted and not kept.
    pub unheld: u64,
    /// Where in `lives` an identifier's last life is.
    by_id: HashMap<i32, usize>,
    /// How often each call was made, kept or not.
    pub counted: BTreeMap<TracedCall, u64>,
    /// How many of the calls about shared memory failed.
    pub failed: u64,
    /// How many calls were counted and not kept.
    pub repeated: u64,
    /// How many of these were like none that was told.
    pub unlike: u64,
    /// What this trace could not see.
    pub unseen: Vec<Unseen>,
    /// How much more of this kind there was.
    pub unsaid: u64,
    /// A process was in another IPC namespace than lab.
    pub elsewhere: bool,
    /// How many children were to be hidden from a tracer.
    pub hidden: u64,
    /// Calls that lab does not decode.
    pub undecoded: Undecoded,
    /// What else has to be said of this trace.
    pub notes: Vec<Note>,
}

/// A process of the program.
#[derive(Debug, Clone)]
pub struct Process {
    pub pid: i32,
    /// The program's name, `child 1` of it, and so on; never two alike.
    pub role: String,
    pub parent: Option<i32>,
    /// None: lab started it.
    pub birth: Option<Birth>,
    /// The file it runs.
    pub program: String,
    /// The process whose address space it lives in: itself, or its parent until a vforked child's exec.
    pub memory: i32,
    /// How many entered before it.
    pub place: usize,
    /// What it has attached, and the last of what it had, inherited ones included.
    pub attaches: Attaches,
    /// The segments that it attached under this role, as far as they were counted among those that did.
    pub(super) met: HashSet<i32>,
    pub threads: usize,
    /// How it ended; none while it runs.
    pub ended: Option<Outcome>,
    /// It is in another IPC namespace than lab, which can't look at its segments.
    pub elsewhere: bool,
    /// The number of the last SIGSEGV or SIGBUS it got.
    pub fault: Option<usize>,
}

/// A segment that the program had to do with.
#[derive(Debug, Clone, Serialize)]
pub struct Life {
    pub shmid: i32,
    /// As at the beginning: IPC_RMID sets the row's key to 0.
    pub key: i32,
    pub size: u64,
    pub mode: u32,
    /// Whether a process of the program made it; else it was there before.
    pub made: bool,
    /// Its creator's role; its pid where it was there before.
    pub made_by: String,
    /// Number of the shmget that made it, if it was kept.
    pub made_at: Option<usize>,
    /// The first roles that attached it, each once; children that inherited it included.
    pub attached_by: Vec<String>,
    /// How many more there were.
    pub attached_by_more: u64,
    pub attaches: u64,
    pub detaches: u64,
    /// Number of the first IPC_RMID that succeeded; `usize::MAX` for one that was not kept.
    pub marked: Option<usize>,
    pub destroyed: bool,
    /// Somebody's bytes behind its size: the role and the number of the event at which they were seen.
    pub beyond: Option<PageTail>,
    /// Its first bytes when the program was last seen to leave it.
    #[serde(serialize_with = "crate::facts::outcome::as_text")]
    pub begins: Vec<u8>,
    /// Its row after the program's end; none if it is gone or could not be looked at.
    pub left: Option<Segment>,
}

/// Bytes behind a segment's size and before the end of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PageTail {
    /// Of the first byte that is not zero.
    pub offset: u64,
    /// From that one to the last that is not zero.
    pub bytes: u64,
    /// The event at which they were seen.
    pub event: usize,
}

impl Story {
    /// A process by its pid: the last one, should a pid have come round again.
    pub fn process(&self, pid: i32) -> Option<&Process> {
        self.by_pid.get(&pid).and_then(|place| self.processes.get(*place))
    }

    pub(super) fn process_mut(&mut self, pid: i32) -> Option<&mut Process> {
        self.by_pid.get(&pid).and_then(|place| self.processes.get_mut(*place))
    }

    /// Says something else about this trace: not more of it than is read.
    pub(super) fn note(&mut self, what: Note) {
        if self.notes.len() < MAX_UNSEEN && !self.notes.contains(&what) {
            self.notes.push(what);
        }
    }

    /// Says that something can't be seen: the same once, and not more of them than are read.
    pub(super) fn cannot_see(&mut self, what: Unseen) {
        if self.unseen.contains(&what) {
            return;
        }
        if self.unseen.len() < MAX_UNSEEN {
            self.unseen.push(what);
        } else {
            self.unsaid += 1;
        }
    }

    /// The process whose attaches are this one's: itself, or whose memory it borrows.
    pub fn memory(&self, pid: i32) -> Option<&Process> {
        self.process(pid).and_then(|process| self.process(process.memory))
    }

    pub(super) fn memory_mut(&mut self, pid: i32) -> Option<&mut Process> {
        let owner = self.process(pid)?.memory;
        self.process_mut(owner)
    }

    /// What is called this: `server`, `child 1`.
    pub fn role(&self, pid: i32) -> String {
        self.process(pid).map_or_else(|| format!("process {pid}"), |process| process.role.clone())
    }

    /// A segment's life: the last one, should an id have come round again.
    pub fn life(&self, shmid: i32) -> Option<&Life> {
        self.by_id.get(&shmid).and_then(|place| self.lives.get(*place))
    }

    pub(super) fn life_mut(&mut self, shmid: i32) -> Option<&mut Life> {
        self.by_id.get(&shmid).and_then(|place| self.lives.get_mut(*place))
    }

    /// Forgets the segments that are gone and of which nothing was told that is still known; `there`: whether the
    /// kernel still has one that was not seen to go.
    fn let_go(&mut self, there: impl Fn(i32) -> bool) {
        let all = std::mem::take(&mut self.lives);
        let before = all.len();
        let known = |number: usize| self.event(number).is_some();
        let told = |life: &Life| {
            life.made_at.is_some_and(known) || life.beyond.is_some_and(|beyond| known(beyond.event))
        };
        let stays = |(place, life): &(usize, Life)| {
            let last = self.by_id.get(&life.shmid) == Some(place);
            told(life) || (last && !life.destroyed && *place < MAX_LIVES && there(life.shmid))
        };
        self.lives = all.into_iter().enumerate().filter(stays).map(|(_, life)| life).collect();
        self.passed += before - self.lives.len();
        self.full = (2 * self.lives.len()).min(MAX_LIVES).max(self.lives.len() + FIRST_LIVES);
        self.by_id = self.lives.iter().enumerate().map(|(place, life)| (life.shmid, place)).collect();
    }

    /// A segment's life begins. `there`: whether the kernel has a segment.
    pub(super) fn begin(&mut self, life: Life, there: impl Fn(i32) -> bool) {
        if self.lives.len() >= self.full.max(FIRST_LIVES) {
            self.let_go(there);
        }
        self.by_id.insert(life.shmid, self.lives.len());
        self.lives.push(life);
    }

    /// An event by its number, if it was kept.
    pub fn event(&self, number: usize) -> Option<&Event> {
        let place = self.events.binary_search_by_key(&number, |event| event.seen().number);
        place.ok().and_then(|place| self.events.get(place))
    }

    /// The events before event `number`.
    pub fn until(&self, number: usize) -> &[Event] {
        &self.events[..self.events.partition_point(|event| event.seen().number < number)]
    }

    /// The events of one process before event `number`, the last first.
    pub fn before(&self, number: usize, pid: i32) -> impl Iterator<Item = &Event> {
        self.until(number).iter().rev().filter(move |event| event.pid == pid)
    }

    /// The chain that led to an event: the first cause first, the event itself last.
    pub fn chain(&self, number: usize) -> Vec<usize> {
        let mut chain = vec![number];
        let mut at = number;
        while let Some(cause) = self.event(at).and_then(|event| event.seen().cause) {
            // A cause is always earlier, so this ends.
            if cause >= at {
                break;
            }
            chain.push(cause);
            at = cause;
        }
        chain.reverse();
        chain
    }
}

impl Process {
    /// One that has just begun, with a memory of its own.
    pub(super) fn new(pid: i32, role: String) -> Process {
        Process {
            pid,
            role,
            parent: None,
            birth: None,
            program: String::new(),
            memory: pid,
            place: 0,
            attaches: Attaches::default(),
            met: HashSet::new(),
            threads: 1,
            ended: None,
            elsewhere: false,
            fault: None,
        }
    }
}

impl Life {
    /// A segment of which nothing is known yet.
    pub(super) fn unknown() -> Life {
        Life {
            shmid: -1,
            key: 0,
            size: 0,
            mode: 0,
            made: false,
            made_by: String::new(),
            made_at: None,
            attached_by: Vec::new(),
            attached_by_more: 0,
            attaches: 0,
            detaches: 0,
            marked: None,
            destroyed: false,
            beyond: None,
            begins: Vec::new(),
            left: None,
        }
    }
}
