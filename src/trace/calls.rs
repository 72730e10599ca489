//! A watched call from its entry to its exit: what was asked, what came back, what it changed in the kernel. The
//! evidence is read before and after, from rows that anybody may read and that looking at does not change.

use super::call::{CompletedCall, Pending, int, kind_of, rows_of, told_as};
use super::{Engine, Telling, causes, decode, ftok, inspect, meaning};
use crate::constants::{SHM_STAT, SHM_STAT_ANY};
use crate::facts::event::{Content, Event, Segment};
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::sys::ptrace::{Info, Stopped, Syscall};
use crate::sys::seccomp::trace::WatchedCall;
use crate::sys::{evidence, file_identity, proc};

/// How many words of a stack are looked at for a caller.
const STACK_WORDS: usize = 64;

/// What makes two calls alike: their flags or command, and which special arguments they have.
fn shape(watched: WatchedCall, args: &[u64; 6]) -> u64 {
    let bits = |at: usize| u64::from(args[at] as u32);
    match watched {
        WatchedCall::Shmget | WatchedCall::Semget => bits(2) << 1 | u64::from(bits(0) == 0),
        WatchedCall::Msgget => bits(1) << 1 | u64::from(bits(0) == 0),
        WatchedCall::Shmat => bits(2) << 1 | u64::from(args[1] == 0),
        WatchedCall::Shmctl => bits(1),
        WatchedCall::Semctl => bits(2),
        _ => 0,
    }
}

/// The arguments as the kernel takes them: of an int only 32 bits, as C passes them on, whatever else was in the
/// register.
fn by_type(watched: WatchedCall, mut args: [u64; 6]) -> [u64; 6] {
    let ints: &[usize] = match watched {
        WatchedCall::Shmget | WatchedCall::Shmat => &[0, 2],
        WatchedCall::Shmctl | WatchedCall::Msgget | WatchedCall::Msgctl => &[0, 1],
        WatchedCall::Semget | WatchedCall::Semctl => &[0, 1, 2],
        _ => &[],
    };
    for at in ints {
        args[*at] = i64::from(int(args[*at])).cast_unsigned();
    }
    args
}

/// The words at the top of a thread's stack: the wrappers of libc keep nothing there, so that the caller's address is
/// the first, or among the first.
pub fn callers(stopped: &Stopped, info: &Info) -> Vec<u64> {
    inspect::words(info.stack, STACK_WORDS, |at, bytes| stopped.read(at, bytes))
}

impl Engine<'_> {
    /// A call begins. `stopped` goes on to its exit.
    pub(super) fn call_begins(&mut self, stopped: Stopped, watched: WatchedCall, info: &Info) {
        let Syscall::Entry { args, .. } = info.call else { return self.go(stopped, 0) };
        let args = by_type(watched, args);
        let tid = stopped.tid();
        let Some(pid) = self.threads.get(&tid).map(|thread| thread.process) else {
            return self.go(stopped, 0);
        };
        self.last = tid;
        let stat = matches!(watched, WatchedCall::Stat | WatchedCall::StatAt | WatchedCall::Statx);
        if stat && self.sources.of_loader(pid, info.instruction) {
            return self.go(stopped, 0);
        }
        let kept =
            told_as(watched).map_or(Telling::Told, |call| self.keeps((call, false), shape(watched, &args)));
        let mut pending = Pending {
            watched,
            args,
            callers: Vec::new(),
            kept,
            segment: None,
            before: Vec::new(),
            path: Vec::new(),
            last: None,
            there: None,
            set: None,
        };
        if kept.is_told() {
            pending.callers = callers(&stopped, info);
        }
        if stat {
            let path = if watched == WatchedCall::Stat { args[0] } else { args[1] };
            pending.path = stopped.read_string(path).unwrap_or_default();
            let private = self.private.entry(pid).or_default();
            private.looked += 1;
            if private.looked > super::MAX_FILE_QUERIES {
                // lab asks for the file's identity itself, and does not wait for the call's own answer.
                let found = file_identity::identity_for(pid, &pending.path);
                self.file_looked_at(&stopped, pid, pending, found);
                return self.go(stopped, 0);
            }
        } else {
            self.look_before(&stopped, pid, &mut pending);
        }
        if let Some(thread) = self.threads.get_mut(&tid) {
            thread.pending = Some(pending);
        }
        stopped.resume_to_call(0);
    }

    /// Finds out, once, whether a process is in our IPC namespace: only there can its segments be looked at.
    fn look_where(&mut self, pid: i32) {
        let private = self.private.entry(pid).or_default();
        if !std::mem::replace(&mut private.checked, true) {
            let (namespace, elsewhere) = inspect::where_is(pid);
            self.story.looked_where(pid, namespace, elsewhere);
            let (uid, elsewhere) = (proc::user_of(pid), proc::prints_elsewhere(pid));
            if let Some(process) = self.story.process_mut(pid) {
                (process.uid, process.prints_elsewhere) = (uid, elsewhere);
            }
        }
    }

    fn look_before(&mut self, stopped: &Stopped, pid: i32, pending: &mut Pending) {
        self.look_where(pid);
        match pending.watched {
            WatchedCall::Shmat | WatchedCall::Shmctl => pending.segment = Some(int(pending.args[0])),
            WatchedCall::Shmdt => {
                let address = pending.args[0];
                let known = |engine: &Self| engine.story.memory(pid)?.attaches.at(address).cloned();
                let attach = known(self).or_else(|| {
                    // mremap may have moved one there.
                    pending.segment = self.mapped.found_at(&mut self.story, pid, address);
                    known(self)
                });
                pending.segment = attach.as_ref().map(|attach| attach.shmid).or(pending.segment);
                if let Some(attach) = attach.filter(|_| pending.kept.is_told()) {
                    self.note_computed(pid);
                    let read = |at, bytes: &mut [u8]| stopped.read(at, bytes);
                    let role = self.story.role(pid);
                    pending.last = Some(inspect::last_look((pid, &role), &attach, self.mapped.page, read));
                }
            }
            _ => {}
        }
        let asks = matches!(pending.watched, WatchedCall::Semget | WatchedCall::Msgget);
        if let Some(kind) = kind_of(pending.watched).filter(|_| asks && pending.kept.is_told()) {
            let key = int(pending.args[0]);
            if key != libc::IPC_PRIVATE && !self.story.is_elsewhere(pid) {
                pending.there = rows_of(kind).into_iter().find(|row| row.key == key);
            }
        }
        if pending.watched == WatchedCall::Shmctl && int(pending.args[1]) == libc::IPC_SET {
            pending.set = evidence::record(|bytes| stopped.read(pending.args[2], bytes));
        }
        if let Some(shmid) = pending.segment.filter(|_| pending.kept.is_told()) {
            pending.before.extend(inspect::row(&self.story, pid, shmid));
        }
    }

    /// A call has come back.
    pub(super) fn call_ends(&mut self, stopped: Stopped, returned: Result<i64, i32>) {
        let tid = stopped.tid();
        let found = self.threads.get_mut(&tid).map(|thread| (thread.process, thread.pending.take()));
        let Some((pid, Some(pending))) = found else { return self.go(stopped, 0) };
        match pending.watched {
            WatchedCall::Stat | WatchedCall::StatAt | WatchedCall::Statx => {
                self.stat_ends(&stopped, pid, pending, returned)
            }
            WatchedCall::Namespace => {
                self.private.entry(pid).or_default().checked = false;
            }
            _ => self.ipc_ends(&stopped, pid, pending, returned),
        }
        self.go(stopped, 0);
    }

    fn file_looked_at(
        &mut self,
        stopped: &Stopped,
        pid: i32,
        pending: Pending,
        found: Result<(u64, u64), i32>,
    ) {
        let (path, stack) = (pending.path, pending.callers);
        let look = ftok::FileQuery { path, found, number: None, stack, of_ftok: None, told: None };
        self.looked(pid, look, || stopped.kept().map(|kept| kept as i32));
    }

    fn stat_ends(&mut self, stopped: &Stopped, pid: i32, pending: Pending, returned: Result<i64, i32>) {
        let buffer = match pending.watched {
            WatchedCall::Stat => pending.args[1],
            WatchedCall::StatAt => pending.args[2],
            _ => pending.args[4],
        };
        let statx = pending.watched == WatchedCall::Statx;
        let found = match returned {
            Ok(_) => file_identity::identity_in(statx, |at, bytes| stopped.read(buffer + at, bytes))
                .ok_or(libc::EFAULT),
            Err(errno) => Err(errno),
        };
        self.file_looked_at(stopped, pid, pending, found);
    }

    fn ipc_ends(&mut self, stopped: &Stopped, pid: i32, mut pending: Pending, returned: Result<i64, i32>) {
        let Some(call) = told_as(pending.watched) else { return };
        *self.story.counted.entry(call).or_default() += 1;
        let shm = TracedCall::SHARED_MEMORY.contains(&call);
        self.story.failed += u64::from(shm && returned.is_err());
        let outcome = match returned {
            Err(errno) => Outcome::Failed(errno),
            Ok(value) => Outcome::Returned(match pending.watched {
                WatchedCall::Shmget | WatchedCall::Semget | WatchedCall::Msgget => Value::Id(value as i32),
                WatchedCall::Shmat => Value::Address(value as u64),
                _ if value == 0 => Value::Zero,
                _ => Value::Number(value),
            }),
        };
        let kept = match returned {
            // What fails is reported however often others like it have worked.
            Err(errno) if pending.kept != Telling::Remembered => {
                self.keeps((call, true), u64::from(errno.unsigned_abs()))
            }
            _ => pending.kept,
        };
        // No process was to hear of it when it began.
        if kept.is_told()
            && pending.callers.is_empty()
            && let Ok(info) = stopped.info()
        {
            pending.callers = callers(stopped, &info);
        }
        let done = CompletedCall { pid, call, pending: &pending, outcome };
        let number = kept.is_told().then(|| self.told(stopped, &done, kept));
        if number.is_none() {
            self.count(kept);
        }
        if let Ok(value) = returned {
            self.take_note(stopped, &done, value, number);
        }
    }

    /// Makes the event of a finished call and tells it; its number.
    fn told(&mut self, stopped: &Stopped, done: &CompletedCall<'_>, kept: Telling) -> usize {
        let pending = done.pending;
        let args = &pending.args;
        let cause = match pending.watched {
            WatchedCall::Shmget | WatchedCall::Semget | WatchedCall::Msgget => {
                let cause = self.explain_key(done.pid, int(args[0]));
                // A segment that is there and says no would say it whatever key led to it.
                cause.filter(|_| matches!(done.outcome, Outcome::Returned(_) | Outcome::Failed(libc::ENOENT)))
            }
            _ => self.cause_of(done),
        };
        let at_exit = self.at_exit(done);
        let segment = match (&done.outcome, pending.watched) {
            (Outcome::Returned(Value::Id(id)), WatchedCall::Shmget) => Some(*id),
            (_, WatchedCall::Shmget) => inspect::with_key(&self.story, done.pid, int(args[0])),
            _ => pending.segment,
        };
        let row = segment.and_then(|shmid| inspect::row(&self.story, done.pid, shmid));
        let after: Vec<_> = row.into_iter().collect();
        let stat = match (pending.watched, int(args[1]), &done.outcome) {
            (WatchedCall::Shmctl, libc::IPC_STAT | SHM_STAT | SHM_STAT_ANY, Outcome::Returned(_)) => {
                evidence::record(|bytes| stopped.read(args[2], bytes))
                    .map(|record| Segment { shmid: int(args[0]), ..record })
            }
            _ => None,
        };
        self.mapped.check_call(&mut self.story, done);
        let meaning = meaning::of(&self.story, done, segment, after.first(), self.mapped.page);
        let cause = cause.or_else(|| causes::removal(done.call, meaning.as_ref()?));
        let record = pending.set.is_some() || matches!(done.outcome, Outcome::Returned(_));
        let spelled = decode::call(pending.watched, args, record);
        let mut event = self.event((stopped.tid(), done.pid), done.call, done.outcome.clone(), spelled);
        event.segment = segment.filter(|_| TracedCall::SHARED_MEMORY.contains(&done.call));
        if pending.segment.is_some() {
            event.before = inspect::snapshot(&self.story, done.pid, pending.before.clone());
        }
        event.after = inspect::snapshot(&self.story, done.pid, after);
        event.stat = stat;
        if let Some(last) = &pending.last {
            event.content =
                Some(Content { role: event.role.clone(), address: last.address, bytes: last.begins.clone() });
        }
        if let (WatchedCall::Shmat, Outcome::Returned(Value::Address(at))) = (pending.watched, &done.outcome)
            && segment.is_some_and(|shmid| self.story.life(shmid).is_none_or(|life| !life.made))
        {
            let read = |at, bytes: &mut [u8]| stopped.read(at, bytes);
            let size = event.after.segments.iter().flatten().next().map_or(0, |row| row.size);
            let bytes = inspect::beginning(*at, size, read);
            event.content = Some(Content { role: event.role.clone(), address: *at, bytes });
        }
        let adds = match (pending.watched, &done.outcome) {
            (WatchedCall::Shmat, Outcome::Returned(_)) => 1,
            (WatchedCall::Shmdt, Outcome::Returned(_)) => -1,
            _ => 0,
        };
        let meanwhile = meanwhile(&event, adds);
        let source = self.source(done.pid, done.call.name(), &pending.callers);
        let seen = event.seen_mut();
        seen.meanwhile = meanwhile;
        seen.args = args.to_vec();
        seen.meaning = meaning;
        seen.cause = cause;
        seen.source = source;
        seen.at_exit = at_exit;
        seen.beyond = pending.last.as_ref().and_then(|last| last.beyond);
        self.tell(event, kept)
    }
}

/// By how much nattch is not what it was before and what an event adds to it, where both are known.
pub(super) fn meanwhile(event: &Event, adds: i64) -> i64 {
    let rows = event.segment.and_then(|shmid| event.before.segment(shmid).zip(event.after.segment(shmid)));
    rows.map_or(0, |(before, after)| after.nattch.cast_signed() - before.nattch.cast_signed() - adds)
}
