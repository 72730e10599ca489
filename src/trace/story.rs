//! What a trace has seen, as data: events, processes, segments' lives, and which event led to which. Diagnoses
//! and the summary read it; only the tracer writes it. It computes nothing that was not observed.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;

use crate::event::{Event, Segment};
use crate::kernel::ptrace::Birth;
use crate::lesson::Outcome;

/// No person reads of more segments that are gone, and each costs memory.
const LIVES: usize = 1000;

/// Everything seen, in order.
#[derive(Debug, Default)]
pub struct Story {
    /// The calls, in the order of their numbers. Of calls that repeat, only the first are kept: see `counted`.
    pub events: Vec<Event>,
    /// The number of the next one. Events that are told and not kept have numbers too.
    pub next: usize,
    pub processes: Vec<Process>,
    /// Of very many only those that are still there or were told: see `passed`.
    pub lives: Vec<Life>,
    /// How many segments more came and went.
    pub passed: usize,
    /// With so many lives those that are over are let go.
    full: usize,
    /// Where in `processes` a pid's last process is.
    by_pid: HashMap<i32, usize>,
    /// Every role there is or was.
    roles: HashSet<String>,
    /// Where in `lives` an identifier's last life is.
    by_id: HashMap<i32, usize>,
    /// Every watched call, kept or not, by the function's name.
    pub counted: BTreeMap<&'static str, u64>,
    /// How many calls were counted and not kept.
    pub repeated: u64,
    /// What this trace could not see, in sentences.
    pub unseen: Vec<String>,
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
    /// Every attach it ever had, in order, inherited ones included.
    pub attaches: Vec<Attach>,
    pub threads: usize,
    /// How it ended; none while it runs.
    pub ended: Option<Outcome>,
    /// It is in another IPC namespace than lab, which can't look at its segments.
    pub elsewhere: bool,
    /// The number of the last SIGSEGV or SIGBUS it got.
    pub fault: Option<usize>,
}

/// A segment attached in a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attach {
    pub shmid: i32,
    pub address: u64,
    /// The segment's size as shmget was asked for it, in bytes.
    pub size: u64,
    pub read_only: bool,
    /// The number of its shmat; the parent's, for a child that inherited it. None for one that was not kept.
    pub event: Option<usize>,
    /// It came with fork.
    pub inherited: bool,
    pub closed: Option<Closed>,
}

/// How an attach ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    pub how: How,
    /// The number of the call that did it, if it was kept.
    pub event: Option<usize>,
}

/// What ends an attach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Shmdt,
    Exec,
    Exit,
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
    /// Roles that attached it, each once; children that inherited it included.
    pub attached_by: Vec<String>,
    pub attaches: u64,
    pub detaches: u64,
    /// Number of the first IPC_RMID that succeeded; `usize::MAX` for one that was not kept.
    pub marked: Option<usize>,
    pub destroyed: bool,
    /// Somebody's bytes behind its size: the role and the number of the event at which they were seen.
    pub beyond: Option<Beyond>,
    /// Its first bytes when the program was last seen to leave it.
    #[serde(serialize_with = "crate::lesson::as_text")]
    pub begins: Vec<u8>,
    /// Its row after the program's end; none if it is gone or could not be looked at.
    pub left: Option<Segment>,
}

/// Bytes behind a segment's size and before the end of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Beyond {
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

    pub(super) fn enter(&mut self, process: Process) {
        self.by_pid.insert(process.pid, self.processes.len());
        self.roles.insert(process.role.clone());
        self.processes.push(process);
    }

    /// This role, with a number if it is or was somebody else's.
    pub(super) fn free_role(&self, role: &str) -> String {
        let numbered = (2..).map(|number| format!("{role} {number}"));
        let mut names = std::iter::once(role.to_owned()).chain(numbered);
        names.find(|name| !self.roles.contains(name)).unwrap_or_else(|| role.into())
    }

    /// A process is called otherwise from now on.
    pub(super) fn rename(&mut self, pid: i32, role: String) {
        self.roles.insert(role.clone());
        if let Some(process) = self.process_mut(pid) {
            process.role = role;
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

    /// Forgets the segments that are gone and of which nothing was told that is still known.
    fn let_go(&mut self) {
        let all = std::mem::take(&mut self.lives);
        let before = all.len();
        let known = |number: usize| self.event(number).is_some();
        let stays = |life: &Life| !life.destroyed || life.beyond.is_some() || life.made_at.is_some_and(known);
        self.lives = all.into_iter().filter(stays).collect();
        self.passed += before - self.lives.len();
        self.full = LIVES.max(2 * self.lives.len());
        self.by_id = self.lives.iter().enumerate().map(|(place, life)| (life.shmid, place)).collect();
    }

    pub(super) fn begin(&mut self, life: Life) {
        if self.lives.len() >= self.full {
            self.let_go();
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
    /// What is attached now.
    pub fn attached(&self) -> impl Iterator<Item = &Attach> {
        self.attaches.iter().filter(|attach| attach.closed.is_none())
    }
}

impl Attach {
    /// The end of its last page.
    pub fn end(&self, page: u64) -> u64 {
        self.address.saturating_add(self.size.div_ceil(page).max(1).saturating_mul(page))
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
            attaches: 0,
            detaches: 0,
            marked: None,
            destroyed: false,
            beyond: None,
            begins: Vec::new(),
            left: None,
        }
    }

    /// One more attach, by this role.
    pub(super) fn attached(&mut self, role: &str) {
        self.attaches += 1;
        if !self.attached_by.iter().any(|known| known == role) {
            self.attached_by.push(role.into());
        }
    }
}
