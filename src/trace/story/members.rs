//! Who is in the story: processes as they are made, run another program, end and are let go, what each is called, and
//! what it has attached. Of what a program can repeat without end only so much is kept as a person reads; the rest is
//! counted.

use std::collections::{HashMap, HashSet};

use super::attaches::UNMAPPED;
use super::{Attach, AttachCounts, Attaches, Change, Closed, How, LastLook, Story, roles};
use crate::facts::outcome::Outcome;

/// No person reads of more processes that are gone.
pub(super) const MAX_PROCESSES: usize = 1000;
/// The first of them are kept, whatever they did.
pub(super) const FIRST_PROCESSES: usize = 100;
/// How many attaches are kept with their addresses, of all processes together: more than one process may have.
pub(super) const MAX_ATTACHES_HELD: usize = 120_000;

/// A process of the program.
#[derive(Debug, Clone, Default)]
pub struct Process {
    pub pid: i32,
    /// The program's name, `child 1` of it, and so on; never two alike.
    pub role: String,
    /// None: lab started it.
    pub parent: Option<i32>,
    /// Its children so far, for their names.
    children: usize,
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
    /// How it ended; none while it runs.
    pub ended: Option<Outcome>,
    /// lab has ended it.
    pub cut: bool,
    /// Its standard output is not lab's, as it was at its first call that lab decodes.
    pub prints_elsewhere: Option<bool>,
    /// How many segments that were marked for removal it still had attached at its end, and their bytes.
    pub kept: (u64, u64),
    /// Its IPC namespace; 0 where that is not known.
    pub namespace: u64,
    /// It is in another IPC namespace than lab, which can't look at its segments.
    pub elsewhere: bool,
    /// The user whose rights it has (its effective one), as it was when the process made its first call that lab
    /// decodes.
    pub uid: Option<u32>,
    /// How many nanoseconds it had computed when it was last seen to leave a segment.
    pub ran: Option<u64>,
    /// How many its parent had when it was born with a segment attached.
    pub parent_then: Option<u64>,
    /// And how many more when it was last seen to leave one.
    pub parent_ran: Option<u64>,
    /// The number of the call for which it got SIGSYS.
    pub forbidden: Option<u64>,
    /// The number of the last SIGSEGV or SIGBUS it got.
    pub fault: Option<usize>,
}

impl Story {
    /// A process enters: the program's first, or one that was made.
    pub fn enter(&mut self, pid: i32, role: &str) {
        if self.processes.len() >= self.crowded.max(MAX_PROCESSES) {
            self.let_processes_go();
        }
        let (role, place) = (self.roles.free(role), self.entered);
        self.entered += 1;
        self.by_pid.insert(pid, self.processes.len());
        self.processes.push(Process { pid, role, memory: pid, place, ..Process::default() });
    }

    /// Forgets the processes that are gone and of which nothing was reported that is still known.
    fn let_processes_go(&mut self) {
        let told: HashSet<i32> = self.events.iter().map(|event| event.pid).collect();
        self.processes.retain(|process| {
            process.ended.is_none() || process.place < FIRST_PROCESSES || told.contains(&process.pid)
        });
        self.crowded = 2 * self.processes.len();
        self.by_pid =
            self.processes.iter().enumerate().map(|(place, process)| (process.pid, place)).collect();
    }

    /// A process has made another, which `borrows` its memory (vfork) or has a copy of it. `changes`: what the child's
    /// mappings show of the parent's attaches: what the parent has unmapped or keeps to itself (madvise) the child
    /// never had. What it has inherited.
    pub fn fork(&mut self, parent: i32, child: i32, borrows: bool, changes: &[Change]) -> AttachCounts {
        let (above, number, first) = match self.process_mut(parent) {
            Some(process) => {
                process.children += 1;
                (process.role.clone(), process.children, process.place == 0)
            }
            None => ("child".into(), 1, true),
        };
        self.enter(child, &roles::of_child(&above, number, first));
        let from = self
            .process(parent)
            .map(|from| (from.memory, from.program.clone(), (from.elsewhere, from.namespace), from.uid));
        let (memory, program, (elsewhere, namespace), uid) =
            from.unwrap_or((child, String::new(), (false, 0), None));
        if let Some(process) = self.process_mut(child) {
            (process.parent, process.program, process.elsewhere) = (Some(parent), program, elsewhere);
            (process.uid, process.namespace) = (uid, namespace);
            process.memory = if borrows { memory } else { child };
        }
        if borrows {
            return AttachCounts::new();
        }
        let from = if self.inherit(parent, child, changes) { child } else { parent };
        let shared = self.segments(from);
        for (shmid, times) in &shared {
            self.count_attach(child, *shmid, *times);
        }
        shared
    }

    /// A forked child has all that its parent has attached; whether that could be kept.
    fn inherit(&mut self, parent: i32, child: i32, changes: &[Change]) -> bool {
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
            for change in changes {
                self.apply(child, *change);
            }
        }
        true
    }

    /// A process runs this program now, and nothing of what it had attached is there; what that was. `event`: the
    /// number of the event that tells it, if one does.
    pub fn exec(&mut self, pid: i32, program: String, event: Option<usize>) -> AttachCounts {
        let left = self.detach_all(pid, Closed { how: How::Exec, event }, &[]);
        if let Some(process) = self.process_mut(pid) {
            (process.memory, process.program) = (pid, program);
        }
        left
    }

    /// What a process is called from now on: as its new program, if that has a name.
    pub fn rename(&mut self, pid: i32, name: &str) -> String {
        let role = if name.is_empty() { self.role(pid) } else { self.roles.free(name) };
        if let Some(process) = self.process_mut(pid) {
            process.role.clone_from(&role);
            process.met.clear();
        }
        role
    }

    /// A process has ended, and so has all that it had attached; what that was. `last`: what was seen of its segments
    /// just before.
    pub fn exit(
        &mut self,
        pid: i32,
        outcome: Outcome,
        last: &[LastLook],
        event: Option<usize>,
    ) -> AttachCounts {
        let kept = self.kept(pid);
        let left = self.detach_all(pid, Closed { how: How::Exit, event }, last);
        if let Some(process) = self.process_mut(pid) {
            (process.ended, process.kept) = (Some(outcome), kept);
            process.attaches.shrink();
        }
        left
    }

    /// Whether every process that made a call about System V IPC wrote its standard output elsewhere than lab.
    pub fn prints_elsewhere(&self) -> bool {
        let mut known = self.processes.iter().filter_map(|process| process.prints_elsewhere).peekable();
        known.peek().is_some() && known.all(|elsewhere| elsewhere)
    }

    /// What of the attachments that a process has made itself is of segments that are marked for removal.
    fn kept(&self, pid: i32) -> (u64, u64) {
        let own = self.process(pid).filter(|process| process.memory == pid);
        let open =
            own.into_iter().flat_map(|process| process.attaches.open().filter(|attach| !attach.inherited));
        let marked = |attach: &&Attach| self.life(attach.shmid).is_some_and(|life| life.marked.is_some());
        open.filter(marked).fold((0, 0), |(count, bytes), attach| (count + 1, bytes + attach.size))
    }

    /// A process has attached a segment.
    pub fn attach(&mut self, pid: i32, attach: Attach) {
        let shmid = attach.shmid;
        if self.held >= MAX_ATTACHES_HELD {
            self.unheld += 1;
        } else if let Some(process) = self.memory_mut(pid) {
            match process.attaches.add(attach) {
                // SHM_REMAP, or an munmap that lab has not seen.
                Some(replaced) => self.left(replaced.shmid, 1, None, None),
                None => self.held += 1,
            }
        }
        self.count_attach(pid, shmid, 1);
    }

    /// shmdt has ended the attachment at an address: of this segment, if it is one whose address was not kept. `last`:
    /// what was seen of the segment just before.
    pub fn detach(
        &mut self,
        pid: i32,
        address: u64,
        shmid: Option<i32>,
        last: Option<&LastLook>,
        event: Option<usize>,
    ) {
        let known = self.close(pid, address, Closed { how: How::Shmdt, event });
        if let Some(shmid) = known.or(shmid) {
            self.life_mut(shmid).into_iter().for_each(|life| life.shmdts += 1);
            self.left(shmid, 1, last, event);
        }
    }

    /// A look at a process's mappings has shown this.
    pub fn change(&mut self, pid: i32, change: Change) {
        if let Some(shmid) = self.apply(pid, change) {
            self.left(shmid, 1, None, None);
        }
    }

    /// The segment of an attachment that is gone by this.
    fn apply(&mut self, pid: i32, change: Change) -> Option<i32> {
        match change {
            Change::Gone(address) => self.close(pid, address, UNMAPPED),
            Change::Moved(from, to) => {
                self.memory_mut(pid)?.attaches.move_to(from, to);
                None
            }
        }
    }

    /// The attachment at this address of this process's memory has ended; its segment.
    fn close(&mut self, pid: i32, address: u64, closed: Closed) -> Option<i32> {
        let attach = self.memory_mut(pid)?.attaches.close(address, closed)?;
        self.held -= 1;
        Some(attach.shmid)
    }

    /// All attaches of a process have ended, unless they are those of the process whose memory it borrows.
    fn detach_all(&mut self, pid: i32, closed: Closed, last: &[LastLook]) -> AttachCounts {
        let own = self.process_mut(pid).filter(|process| process.memory == pid);
        let Some(process) = own else { return AttachCounts::new() };
        let open = process.attaches.len();
        let segments = process.attaches.end(closed);
        self.held -= open;
        let last: HashMap<i32, &LastLook> = last.iter().map(|last| (last.shmid, last)).collect();
        for (shmid, times) in &segments {
            self.left(*shmid, *times, last.get(shmid).copied(), closed.event);
        }
        segments
    }

    /// The segments that are attached in a process's memory.
    pub fn segments(&self, pid: i32) -> AttachCounts {
        self.memory(pid).map(|process| process.attaches.segments()).unwrap_or_default()
    }
}
