//! Who is in the story: processes as they enter and are let go, what they are called, and what each has attached.
//! Of what a program can repeat without end only so much is kept as a person reads; the rest is counted.

use std::collections::HashSet;

use super::attaches::{Attach, Closed};
use super::story::{Process, Story};

/// No person reads of more processes that are gone.
const MAX_PROCESSES: usize = 1000;
/// The first of them are kept, whatever they did.
const FIRST_PROCESSES: usize = 100;
/// How many roles are kept of those that have attached a segment.
const MAX_ROLE_CHANGES: usize = 16;
/// How many attaches are kept with their addresses, of all processes together: more than one process may have.
const MAX_ATTACHES_HELD: usize = 120_000;

impl Story {
    pub(super) fn enter(&mut self, mut process: Process) {
        if self.processes.len() >= self.crowded.max(MAX_PROCESSES) {
            self.let_processes_go();
        }
        process.place = self.entered;
        self.entered += 1;
        self.by_pid.insert(process.pid, self.processes.len());
        self.processes.push(process);
    }

    /// Forgets the processes that are gone and of which nothing was told that is still known.
    fn let_processes_go(&mut self) {
        let told: HashSet<i32> = self.events.iter().map(|event| event.pid).collect();
        self.processes.retain(|process| {
            process.ended.is_none() || process.place < FIRST_PROCESSES || told.contains(&process.pid)
        });
        self.crowded = 2 * self.processes.len();
        self.by_pid =
            self.processes.iter().enumerate().map(|(place, process)| (process.pid, place)).collect();
    }

    /// This role, with a number if it is or was somebody else's.
    pub(super) fn free_role(&mut self, role: &str) -> String {
        self.roles.free(role)
    }

    /// A process is called otherwise from now on.
    pub(super) fn rename(&mut self, pid: i32, role: String) {
        if let Some(process) = self.process_mut(pid) {
            process.role = role;
            process.met.clear();
        }
    }

    /// One more attach in this process's memory. What it has taken the place of.
    pub(super) fn attach(&mut self, pid: i32, attach: Attach) -> Option<Attach> {
        if self.held >= MAX_ATTACHES_HELD {
            self.unheld += 1;
            return None;
        }
        let replaced = self.memory_mut(pid)?.attaches.add(attach);
        self.held += usize::from(replaced.is_none());
        replaced
    }

    /// The attach at this address of this process's memory has ended.
    pub(super) fn detach(&mut self, pid: i32, address: u64, closed: Closed) -> Option<Attach> {
        let attach = self.memory_mut(pid)?.attaches.close(address, closed)?;
        self.held -= 1;
        Some(attach)
    }

    /// All attaches of a process have ended; their segments, and how often each was attached.
    pub(super) fn detach_all(&mut self, pid: i32, closed: Closed) -> Vec<(i32, u64)> {
        let Some(process) = self.process_mut(pid) else { return Vec::new() };
        let open = process.attaches.len();
        let segments = process.attaches.end(closed);
        self.held -= open;
        segments
    }

    /// The segments that are attached in a process's memory, and how often each.
    pub(super) fn segments(&self, pid: i32) -> Vec<(i32, u64)> {
        self.memory(pid).map(|process| process.attaches.segments()).unwrap_or_default()
    }

    /// A forked child has all that its parent has attached; whether that could be kept.
    pub(super) fn inherit(&mut self, parent: i32, child: i32) -> bool {
        let Some(from) = self.memory(parent).map(|process| &process.attaches) else { return true };
        let open = from.len();
        if self.held + open > MAX_ATTACHES_HELD {
            self.unheld += open as u64;
            return false;
        }
        if open > 0 {
            let inherited = from.inherited();
            self.held += open;
            if let Some(process) = self.process_mut(child) {
                process.attaches = inherited;
            }
        }
        true
    }

    /// This process has attached a segment so often.
    pub(super) fn count_attach(&mut self, pid: i32, shmid: i32, times: u64) {
        /// Of more segments a process may be counted twice.
        const MET: usize = 4096;
        let role = self.role(pid);
        let new = self.process_mut(pid).is_none_or(|process| {
            if process.met.len() >= MET {
                process.met.clear();
            }
            process.met.insert(shmid)
        });
        if let Some(life) = self.life_mut(shmid) {
            life.attaches += times;
            if !new || life.attached_by.contains(&role) {
                return;
            }
            if life.attached_by.len() < MAX_ROLE_CHANGES {
                life.attached_by.push(role);
            } else {
                life.attached_by_more += 1;
            }
        }
    }
}
