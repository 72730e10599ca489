//! A watched call from its entry to its exit: what was asked, what came back, what it changed in the kernel. The
//! evidence is read before and after, from rows that anybody may read and that looking at does not change.

use super::looks::Last;
use super::story::{Attach, Closed, How, Life};
use super::{Tracer, ftok, situation, spell};
use crate::event::{Content, Event, FileFact, Seen, Segment, Snapshot};
use crate::kernel::evidence;
use crate::kernel::filter::Watched;
use crate::kernel::ptrace::{Info, Stopped, Syscall};
use crate::lesson::{Outcome, Value};

/// A call that has not come back yet.
#[derive(Debug)]
pub struct Pending {
    watched: Watched,
    args: [u64; 6],
    /// Words that may be the addresses of its callers.
    callers: Vec<u64>,
    /// Whether it is told, or only counted.
    kept: bool,
    /// The segment it is about, where the arguments say.
    segment: Option<i32>,
    before: Vec<Segment>,
    /// The path of a stat.
    path: Vec<u8>,
    /// What was in the segment before a shmdt.
    last: Option<Last>,
    /// The record that IPC_SET passes.
    set: Option<Segment>,
}

/// A finished call.
pub struct Done<'a> {
    pub pid: i32,
    pub function: &'static str,
    pub pending: &'a Pending,
    pub outcome: Outcome,
}

impl Pending {
    pub fn args(&self) -> &[u64; 6] {
        &self.args
    }
    pub fn before(&self) -> &[Segment] {
        &self.before
    }
    pub fn set(&self) -> Option<&Segment> {
        self.set.as_ref()
    }
}

const fn function(watched: Watched) -> &'static str {
    match watched {
        Watched::Shmget => "shmget",
        Watched::Shmat => "shmat",
        Watched::Shmdt => "shmdt",
        Watched::Shmctl => "shmctl",
        Watched::Stat | Watched::StatAt | Watched::Statx => "stat",
        Watched::Semget => "semget",
        Watched::Semctl => "semctl",
        Watched::Ptrace => "ptrace",
        Watched::Namespace => "unshare",
    }
}

/// What makes two calls alike: their flags or command, and which special arguments they have.
fn shape(watched: Watched, args: &[u64; 6]) -> u64 {
    match watched {
        Watched::Shmget | Watched::Semget => args[2] << 1 | u64::from(args[0] == 0),
        Watched::Shmat => args[2] << 1 | u64::from(args[1] == 0),
        Watched::Shmctl => args[1],
        Watched::Semctl => args[2],
        _ => 0,
    }
}

/// The number of a call and its arguments, as kernels with 32-bit ints see them.
fn int(argument: u64) -> i32 {
    argument as i32
}

impl Tracer<'_> {
    /// A call begins. `stopped` goes on to its exit.
    pub(super) fn call_begins(&mut self, stopped: Stopped, watched: Watched, info: &Info) {
        let Syscall::Entry { args, .. } = info.call else { return self.go(stopped, 0) };
        let tid = stopped.tid();
        let Some(pid) = self.threads.get(&tid).map(|thread| thread.process) else {
            return self.go(stopped, 0);
        };
        self.last = tid;
        let stat = matches!(watched, Watched::Stat | Watched::StatAt | Watched::Statx);
        let kept = stat || self.keeps(function(watched), shape(watched, &args));
        let mut pending = Pending {
            watched,
            args,
            callers: Vec::new(),
            kept,
            segment: None,
            before: Vec::new(),
            path: Vec::new(),
            last: None,
            set: None,
        };
        if kept {
            pending.callers = self.callers(&stopped, info);
        }
        if stat {
            let path = if watched == Watched::Stat { args[0] } else { args[1] };
            pending.path = stopped.read_string(path).unwrap_or_default();
            let private = self.private.entry(pid).or_default();
            private.looked += 1;
            if private.looked > super::LOOKS {
                return self.look_for_it(stopped, pid, pending);
            }
        } else {
            self.look_before(&stopped, pid, &mut pending);
        }
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.pending = Some(pending);
        }
        stopped.resume_to_call(0);
    }

    fn look_before(&mut self, stopped: &Stopped, pid: i32, pending: &mut Pending) {
        self.look_where(pid);
        match pending.watched {
            Watched::Shmat | Watched::Shmctl => pending.segment = Some(int(pending.args[0])),
            Watched::Shmdt => {
                let address = pending.args[0];
                let attach = self
                    .story
                    .memory(pid)
                    .and_then(|process| process.attached().find(|attach| attach.address == address).cloned());
                pending.segment = attach.as_ref().map(|attach| attach.shmid);
                if let Some(attach) = attach.filter(|_| pending.kept) {
                    pending.last = Some(self.read_last(stopped, &attach));
                }
            }
            _ => {}
        }
        if pending.watched == Watched::Shmctl && int(pending.args[1]) == libc::IPC_SET {
            pending.set = evidence::record(|bytes| stopped.read(pending.args[2], bytes));
        }
        if let Some(shmid) = pending.segment.filter(|_| pending.kept) {
            pending.before.extend(self.row(pid, shmid));
        }
    }

    /// A call has come back.
    pub(super) fn call_ends(&mut self, stopped: Stopped, returned: Result<i64, i32>) {
        let tid = stopped.tid();
        let found = self.threads.get_mut(&tid).map(|thread| (thread.process, thread.pending.take()));
        let Some((pid, Some(pending))) = found else { return self.go(stopped, 0) };
        match pending.watched {
            Watched::Stat | Watched::StatAt | Watched::Statx => {
                self.stat_ends(&stopped, pid, pending, returned)
            }
            Watched::Namespace => {
                self.private.entry(pid).or_default().checked = false;
            }
            _ => self.ipc_ends(&stopped, pid, &pending, returned),
        }
        self.go(stopped, 0);
    }

    /// A program that looks at files all the time: lab asks for the file's identity itself and does not wait
    /// for the call's own answer.
    fn look_for_it(&mut self, stopped: Stopped, pid: i32, pending: Pending) {
        let found = evidence::identity_for(pid, &pending.path);
        let at = self.started.elapsed().as_micros() as u64;
        let look = ftok::Look { path: pending.path, found, at, number: None, stack: pending.callers };
        self.private.entry(pid).or_default().looks.add(look);
        self.go(stopped, 0);
    }

    fn stat_ends(&mut self, stopped: &Stopped, pid: i32, pending: Pending, returned: Result<i64, i32>) {
        let buffer = match pending.watched {
            Watched::Stat => pending.args[1],
            Watched::StatAt => pending.args[2],
            _ => pending.args[4],
        };
        let statx = pending.watched == Watched::Statx;
        let found = match returned {
            Ok(_) => {
                evidence::identity_in(statx, |at, bytes| stopped.read(buffer + at, bytes)).ok_or(libc::EFAULT)
            }
            Err(errno) => Err(errno),
        };
        let at = self.started.elapsed().as_micros() as u64;
        let number = stopped.kept().map(|kept| kept as i32);
        let look = ftok::Look { path: pending.path, found, at, number, stack: pending.callers };
        self.private.entry(pid).or_default().looks.add(look);
    }

    fn ipc_ends(&mut self, stopped: &Stopped, pid: i32, pending: &Pending, returned: Result<i64, i32>) {
        let function = function(pending.watched);
        *self.story.counted.entry(function).or_default() += 1;
        let outcome = match returned {
            Err(errno) => Outcome::Failed(errno),
            Ok(value) => Outcome::Returned(match pending.watched {
                Watched::Shmget | Watched::Semget => Value::Id(value as i32),
                Watched::Shmat => Value::Address(value as u64),
                _ if value == 0 => Value::Zero,
                _ => Value::Number(value),
            }),
        };
        let kept = match returned {
            // What fails is told however often its like has worked.
            Err(errno) if !pending.kept => self.keeps(function, (1 << 40) + u64::from(errno.unsigned_abs())),
            _ => pending.kept,
        };
        let done = Done { pid, function, pending, outcome };
        let number = kept.then(|| self.told(stopped, &done));
        if number.is_none() {
            self.story.repeated += 1;
        }
        if let Ok(value) = returned {
            self.take_note(stopped, &done, value, number);
        }
    }

    /// Makes the event of a finished call and tells it; its number.
    fn told(&mut self, stopped: &Stopped, done: &Done<'_>) -> usize {
        let pending = done.pending;
        let args = &pending.args;
        let cause = match pending.watched {
            Watched::Shmget | Watched::Semget => self.explain_key(done.pid, int(args[0])),
            _ => self.cause_of(done),
        };
        let segment = match (&done.outcome, pending.watched) {
            (Outcome::Returned(Value::Id(id)), Watched::Shmget) => Some(*id),
            (_, Watched::Shmget) => self.with_key(done.pid, int(args[0])),
            _ => pending.segment,
        };
        let after: Vec<_> = segment.and_then(|shmid| self.row(done.pid, shmid)).into_iter().collect();
        let stat = match (pending.watched, int(args[1]), &done.outcome) {
            (Watched::Shmctl, libc::IPC_STAT | 13 | 15, Outcome::Returned(_)) => {
                evidence::record(|bytes| stopped.read(args[2], bytes))
                    .map(|record| Segment { shmid: int(args[0]), ..record })
            }
            _ => None,
        };
        let situation = situation::of(&self.story, done, segment, after.first(), self.page);
        let mut event = self.event(stopped.tid(), done.pid, done.function, done.outcome.clone());
        event.call = spelled(pending, matches!(done.outcome, Outcome::Returned(_)));
        event.code.clone_from(&event.call);
        event.segment = segment
            .filter(|_| !matches!(pending.watched, Watched::Semget | Watched::Semctl | Watched::Ptrace));
        if pending.segment.is_some() {
            event.before = self.snapshot(done.pid, pending.before.clone());
        }
        event.after = self.snapshot(done.pid, after);
        event.stat = stat;
        if let Some(last) = &pending.last {
            event.content =
                Some(Content { role: event.role.clone(), address: last.address, bytes: last.begins.clone() });
        }
        let source = self.source(done.pid, done.function, &pending.callers);
        if let Some(seen) = &mut event.seen {
            seen.args = args.to_vec();
            seen.situation = situation;
            seen.cause = cause;
            seen.source = source;
            seen.beyond = pending.last.as_ref().and_then(|last| last.beyond);
        }
        self.tell(event)
    }

    /// An event with who and nothing else.
    pub(super) fn event(&self, tid: i32, pid: i32, function: &'static str, outcome: Outcome) -> Event {
        Event {
            role: self.story.role(pid),
            pid,
            function,
            code: String::new(),
            call: String::new(),
            outcome,
            segment: None,
            before: Snapshot::default(),
            after: Snapshot::default(),
            content: None,
            stat: None,
            file: None,
            kernel: None,
            notes: Vec::new(),
            tries: 1,
            names: Default::default(),
            seen: Some(Seen { thread: (tid != pid).then_some(tid), ..Seen::default() }),
        }
    }

    /// Rows as a snapshot; none where this process's segments can't be looked at.
    pub(super) fn snapshot(&self, pid: i32, rows: Vec<Segment>) -> Snapshot {
        let elsewhere = self.story.process(pid).is_some_and(|process| process.elsewhere);
        Snapshot {
            segments: (!elsewhere).then_some(rows),
            source: if elsewhere { "" } else { evidence::CALLS },
            ..Snapshot::default()
        }
    }

    /// Tells the ftok that a key came from, if one of the process's stats explains it: the number of its event
    /// if that was a failure, which then is the cause of what follows.
    fn explain_key(&mut self, pid: i32, key: i32) -> Option<usize> {
        let looks = &self.private.get(&pid)?.looks;
        let (look, outcome, file) = match (key, looks.missing()) {
            (libc::IPC_PRIVATE, _) => return None,
            (-1, Some((look, errno))) => (look.clone(), Outcome::Failed(errno), None),
            _ => {
                let (look, file) = looks.explain(key)?;
                (look.clone(), Outcome::Returned(Value::Key(key)), Some(file))
            }
        };
        let failed = file.is_none();
        let mut project = file.as_ref().map(|file| file.project);
        if failed {
            // Nothing but ftok's own code proves that it was ftok that looked for the file.
            let memory = self.story.process(pid).map_or(pid, |process| process.memory);
            match self.sources.inside(memory, "ftok", &look.stack) {
                Some(true) => project = look.number,
                Some(false) => return None,
                None => {}
            }
        }
        if !failed && !self.keeps("ftok", 0) {
            return None;
        }
        *self.story.counted.entry("ftok").or_default() += 1;
        let mut event = self.event(pid, pid, "ftok", outcome);
        event.call = match project {
            Some(project) => spell::ftok(&look.path, project),
            None => format!("ftok({}, ?)", crate::lesson::quote(&look.path)),
        };
        event.code.clone_from(&event.call);
        let situation = situation::of_ftok(&look.path, file.as_ref(), key);
        let source = self.source(pid, "ftok", &look.stack);
        event.file =
            file.map(|file| FileFact { path: String::from_utf8_lossy(&look.path).into_owned(), ..file });
        if let Some(seen) = &mut event.seen {
            seen.situation = situation;
            seen.source = source;
        }
        let number = self.tell(event);
        failed.then_some(number)
    }

    /// The failed call whose -1 this call was given.
    fn cause_of(&self, done: &Done<'_>) -> Option<usize> {
        let given = done.pending.args[0];
        let failed = match done.pending.watched {
            Watched::Shmat | Watched::Shmctl if int(given) == -1 => "shmget",
            Watched::Shmdt if given == u64::MAX => "shmat",
            _ => return None,
        };
        self.last_failed(done.pid, failed)
    }

    /// The number of the last call of this function in this process (or in those it was forked from) that
    /// failed.
    pub(super) fn last_failed(&self, pid: i32, function: &str) -> Option<usize> {
        let mut who = Some(pid);
        while let Some(pid) = who {
            let found = self.story.before(usize::MAX, pid).find(|event| event.function == function);
            if let Some(event) = found {
                return matches!(event.outcome, Outcome::Failed(_)).then_some(event.seen().number);
            }
            who = self.story.process(pid).and_then(|process| process.parent);
        }
        None
    }

    /// Keeps attaches and lives up to date with a call that has worked.
    fn take_note(&mut self, stopped: &Stopped, done: &Done<'_>, value: i64, number: Option<usize>) {
        let args = done.pending.args;
        match done.pending.watched {
            Watched::Shmget => self.note_shmget(done, value as i32, number),
            Watched::Shmat => {
                let shmid = int(args[0]);
                let size = self.meet(done.pid, shmid).map_or(0, |life| life.size);
                let role = self.story.role(done.pid);
                let attach = Attach {
                    shmid,
                    address: value as u64,
                    size,
                    read_only: int(args[2]) & libc::SHM_RDONLY != 0,
                    event: number,
                    inherited: false,
                    closed: None,
                };
                if let Some(process) = self.story.memory_mut(done.pid) {
                    // More than this many are not for a person to read, and cost memory.
                    if process.attaches.len() >= 1000 {
                        process.attaches.retain(|attach| attach.closed.is_none());
                    }
                    process.attaches.push(attach);
                }
                if let Some(life) = self.story.life_mut(shmid) {
                    life.attached(&role);
                }
                stopped.stop_at_end(true);
            }
            Watched::Shmdt => self.note_shmdt(stopped, done, number),
            Watched::Shmctl if int(args[1]) == libc::IPC_RMID => {
                let shmid = int(args[0]);
                self.meet(done.pid, shmid);
                let gone = number.is_some() && self.row(done.pid, shmid).is_none();
                if let Some(life) = self.story.life_mut(shmid) {
                    life.marked = life.marked.or(Some(number.unwrap_or(usize::MAX)));
                    life.destroyed |= gone || life.attaches <= life.detaches;
                }
            }
            _ => {}
        }
    }

    fn note_shmget(&mut self, done: &Done<'_>, shmid: i32, number: Option<usize>) {
        let args = done.pending.args;
        let known = self.story.life(shmid).is_some_and(|life| !life.destroyed);
        if known {
            return;
        }
        let row = if number.is_some() { self.row(done.pid, shmid) } else { None };
        let made = match &row {
            Some(row) => row.cpid == done.pid,
            // Not looked at, because its like was seen often: new, as those were.
            None => true,
        };
        let role = self.story.role(done.pid);
        self.story.begin(Life {
            shmid,
            key: int(args[0]),
            size: row.as_ref().map_or(args[1], |row| row.size),
            mode: row.as_ref().map_or(args[2] as u32 & 0o777, |row| row.mode & 0o777),
            made,
            made_by: if made { role } else { row.map_or(String::new(), |row| row.cpid.to_string()) },
            made_at: number.filter(|_| made),
            ..Life::unknown()
        });
    }

    fn note_shmdt(&mut self, stopped: &Stopped, done: &Done<'_>, number: Option<usize>) {
        let address = done.pending.args[0];
        let closed = Closed { how: How::Shmdt, event: number };
        let Some(process) = self.story.memory_mut(done.pid) else { return };
        let attach = process
            .attaches
            .iter_mut()
            .rev()
            .find(|attach| attach.closed.is_none() && attach.address == address);
        let Some(attach) = attach else { return };
        attach.closed = Some(closed);
        let shmid = attach.shmid;
        let left = process.attached().next().is_some();
        stopped.stop_at_end(left);
        self.left(shmid, done.pending.last.as_ref(), number);
    }

    /// A segment has lost one attach.
    pub(super) fn left(&mut self, shmid: i32, last: Option<&Last>, number: Option<usize>) {
        if let Some(life) = self.story.life_mut(shmid) {
            life.detaches += 1;
            if let Some(last) = last {
                life.begins.clone_from(&last.begins);
                if let (Some((offset, bytes)), Some(event)) = (last.beyond, number) {
                    life.beyond.get_or_insert(super::Beyond { offset, bytes, event });
                }
            }
            life.destroyed |= life.marked.is_some() && life.detaches >= life.attaches;
        }
    }

    /// The life of a segment, begun now if it is met for the first time without a shmget.
    fn meet(&mut self, pid: i32, shmid: i32) -> Option<&Life> {
        if self.story.life(shmid).is_none_or(|life| life.destroyed)
            && let Some(row) = self.row(pid, shmid)
        {
            self.story.begin(Life {
                shmid,
                key: row.key,
                size: row.size,
                mode: row.mode & 0o777,
                made_by: row.cpid.to_string(),
                ..Life::unknown()
            });
        }
        self.story.life(shmid)
    }
}

fn spelled(pending: &Pending, worked: bool) -> String {
    let args = &pending.args;
    match pending.watched {
        Watched::Shmget => spell::shmget(args),
        Watched::Shmat => spell::shmat(args),
        Watched::Shmdt => spell::shmdt(args),
        Watched::Shmctl => spell::shmctl(args, worked || pending.set.is_some()),
        Watched::Semget => spell::semget(args),
        Watched::Semctl => spell::semctl(args),
        Watched::Ptrace => format!("ptrace({}, {}, ...)", int(args[0]), int(args[1])),
        Watched::Stat | Watched::StatAt | Watched::Statx | Watched::Namespace => String::new(),
    }
}
