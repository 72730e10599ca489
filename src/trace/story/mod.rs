//! What a trace has seen, as data: events, processes, the lives of segments, and which event led to which. Findings
//! and the summary read it; the engine tells it what has happened. It asks nothing of the machine: whatever it needs to know of the
//! machine is handed in as a fact.

mod attaches;
mod lives;
mod members;
mod objects;
mod removals;
mod roles;
mod unseen;

use std::collections::{BTreeMap, HashMap};

pub use attaches::{Attach, AttachCounts, Attaches, Change, Closed, How};
pub use lives::{Emptiness, KnownPointer, LastLook, Life};
pub use members::Process;
pub use objects::Object;
pub use unseen::{Note, Undecoded, Unseen};

use super::Waiter;
use crate::facts::event::Event;
use crate::facts::traced_call::TracedCall;
use roles::Roles;

/// Everything seen, in order.
#[derive(Debug, Default)]
pub struct Story {
    /// The calls, in the order of their numbers. Of calls that repeat, only the first are kept: see `counted`.
    pub events: Vec<Event>,
    /// The number of the next one. Events that are reported and not kept have numbers too.
    pub next: usize,
    /// Those that run, and of those that are gone the ones of which something is still to be told.
    pub processes: Vec<Process>,
    /// How many there were in all.
    pub entered: usize,
    /// From this number of processes on, those that are gone are let go.
    crowded: usize,
    /// Of very many only those that are still there or were reported: see `passed`.
    pub lives: Vec<Life>,
    /// How many segments more came and went.
    pub passed: usize,
    /// From this number of lives on, those that are over are let go.
    full: usize,
    /// Where in `processes` a pid's last process is.
    by_pid: HashMap<i32, usize>,
    /// Every role there is or was.
    roles: Roles,
    /// How many attaches are open in all processes together.
    held: usize,
    /// How many more were counted and not kept.
    pub unheld: u64,
    /// Where in `lives` an identifier's last life is.
    by_id: HashMap<i32, usize>,
    /// Semaphore sets and message queues, in the order in which they were met.
    pub objects: Vec<Object>,
    /// How often each call was made, kept or not.
    pub counted: BTreeMap<TracedCall, u64>,
    /// How many of the calls about shared memory failed.
    pub failed: u64,
    /// How many calls were counted and not kept.
    pub repeated: u64,
    /// How many of these were like none that was reported.
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
    /// lab has ended the program: the time was up.
    pub cut: bool,
    /// What its threads were doing then.
    pub waits: Vec<Waiter>,
    /// Threads that looked at their lock again only because a signal came by way of lab, and found it free.
    pub woken: Vec<Waiter>,
    /// The call that was to fail was made to fail.
    pub refused: bool,
    /// What else has to be said of this trace.
    pub notes: Vec<Note>,
}

impl Story {
    /// A process by its pid: the last one, should a pid have come round again.
    pub fn process(&self, pid: i32) -> Option<&Process> {
        self.by_pid.get(&pid).and_then(|place| self.processes.get(*place))
    }

    pub fn process_mut(&mut self, pid: i32) -> Option<&mut Process> {
        self.by_pid.get(&pid).and_then(|place| self.processes.get_mut(*place))
    }

    /// In which process's memory this one is: in its own, or in that of the one whose it borrows.
    pub fn memory_of(&self, pid: i32) -> i32 {
        self.process(pid).map_or(pid, |process| process.memory)
    }

    /// The process that holds the attachments of this one.
    pub fn memory(&self, pid: i32) -> Option<&Process> {
        self.process(self.memory_of(pid))
    }

    fn memory_mut(&mut self, pid: i32) -> Option<&mut Process> {
        self.process_mut(self.memory_of(pid))
    }

    /// Whether a process's segments can't be looked at, since it is in another IPC namespace than lab.
    pub fn is_elsewhere(&self, pid: i32) -> bool {
        self.process(pid).is_some_and(|process| process.elsewhere)
    }

    /// The processes that run.
    pub fn alive(&self) -> impl Iterator<Item = &Process> {
        self.processes.iter().filter(|process| process.ended.is_none())
    }

    /// The file that a process runs.
    pub fn program(&self, pid: i32) -> Option<&str> {
        self.process(pid).map(|process| process.program.as_str())
    }

    /// What is called this: `server`, `child 1`.
    pub fn role(&self, pid: i32) -> String {
        self.process(pid).map_or_else(|| format!("process {pid}"), |process| process.role.clone())
    }

    /// A segment's life: the last one, should an id have come round again.
    pub fn life(&self, shmid: i32) -> Option<&Life> {
        self.by_id.get(&shmid).and_then(|place| self.lives.get(*place))
    }

    /// The process that made a segment.
    pub fn maker(&self, life: &Life) -> Option<i32> {
        self.event(life.made_at?).map(|event| event.pid)
    }

    fn life_mut(&mut self, shmid: i32) -> Option<&mut Life> {
        self.by_id.get(&shmid).and_then(|place| self.lives.get_mut(*place))
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

#[cfg(test)]
mod tests;
