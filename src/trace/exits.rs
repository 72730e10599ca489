//! Signals, crashes and ends. Nothing is removed here.

use super::calls::callers;
use super::engine::{Engine, Private};
use super::escapes::Between;
use super::stops::all_of;
use super::{Telling, fault, inspect, pointers};
use crate::error::Error;
use crate::facts::event::Content;
use crate::facts::meaning::{FaultCause, Meaning};
use crate::facts::outcome::{Fault, Outcome};
use crate::facts::traced_call::TracedCall;
use crate::sys::proc;
use crate::sys::ptrace::Stopped;
use crate::sys::status::Ended;

/// How many segments of a process are looked into before it ends: more than a kernel has by default.
const MAX_SEGMENTS: usize = 5000;
/// Of how many sleepers that a signal has woken it is told.
const MAX_WOKEN: usize = 20;

impl Engine<'_> {
    /// A signal on its way into the program. It is delivered whatever it is.
    pub(super) fn signal(&mut self, stopped: Stopped, signal: i32) {
        self.watched.came_by(signal);
        let pid = self.threads.get(&stopped.tid()).map(|thread| thread.process);
        if let (libc::SIGCHLD, Some(pid)) = (signal, pid)
            && self.story.woken.len() < MAX_WOKEN
            && self.story.memory(pid).is_some_and(|process| !process.attaches.is_empty())
            && stopped.interrupted_call() == Some(libc::SYS_futex)
        {
            let woken = self.woken(pid, stopped.tid());
            self.story.woken.extend(woken);
        }
        if let (libc::SIGSEGV | libc::SIGBUS, Some(pid)) = (signal, pid)
            && let Some(info) = stopped.signal_info()
            // Above 0 the kernel sent it itself; else a process did.
            && info.code > 0
        {
            self.fault(&stopped, pid, signal, Fault { address: info.address, code: info.code });
        }
        /// si_code of a SIGSYS that a filter has sent.
        const SYS_SECCOMP: i32 = 1;
        if let (libc::SIGSYS, Some(pid)) = (signal, pid)
            && let Some(info) = stopped.signal_info().filter(|info| info.code == SYS_SECCOMP)
            && let Some(process) = self.story.process_mut(pid)
        {
            process.forbidden = u64::try_from(info.call).ok();
        }
        stopped.sleep_on(signal);
        self.go(stopped, signal);
    }

    fn fault(&mut self, stopped: &Stopped, pid: i32, signal: i32, fault: Fault) {
        let kept = self.keeps((TracedCall::Fault, false), 0);
        if !kept.is_told() {
            return;
        }
        *self.story.counted.entry(TracedCall::Fault).or_default() += 1;
        let there = self.mapped.check_fault(&mut self.story, pid, fault.address);
        let (what, cause, segment) = fault::explain(&self.story, pid, &fault, there, self.mapped.page);
        let read = |at, bytes: &mut [u8]| stopped.read(at, bytes);
        let stored =
            matches!(what, FaultCause::Unknown | FaultCause::Foreign { .. } if fault.code == fault::MAPERR)
                .then(|| pointers::stored(&self.story, pid, fault.address, read))
                .flatten();
        let (what, segment) = match stored {
            Some(pointer) => (FaultCause::Stored { pointer: pointer.clone() }, Some(pointer.shmid)),
            None => (what, segment),
        };
        let failed =
            || fault::may_be_minus_one(&what).then(|| self.last_failed(pid, TracedCall::Shmat)).flatten();
        let cause = cause.or_else(failed);
        let memory = self.story.memory_of(pid);
        // The line of the instruction itself; in a function of libc, which has no lines here, its caller's.
        let source = stopped.info().ok().and_then(|info| {
            let here = self.sources.line(memory, info.instruction.saturating_add(1), false);
            here.or_else(|| {
                let word = |at| {
                    let mut bytes = [0; 8];
                    (stopped.read(at, &mut bytes) == 8).then(|| u64::from_ne_bytes(bytes))
                };
                self.sources.caller_line(memory, stopped.registers()?, word)
            })
            .or_else(|| {
                let words = callers(stopped, &info);
                words.first().and_then(|word| self.sources.line(memory, *word, true))
            })
        });
        let row = segment.and_then(|shmid| inspect::row(&self.story, pid, shmid));
        let (who, call) = ((stopped.tid(), pid), format!("access to {:#x}", fault.address));
        let died = Outcome::Died { signal, fault: Some(fault) };
        let mut event = self.event(who, TracedCall::Fault, died, call);
        event.segment = segment;
        event.before = inspect::snapshot(&self.story, pid, row.into_iter().collect());
        event.after = event.before.clone();
        let seen = event.seen_mut();
        seen.meaning = Some(Meaning::Fault { why: what });
        seen.cause = cause;
        seen.source = source;
        let number = self.tell(event, kept);
        if let Some(process) = self.story.process_mut(pid) {
            process.fault = Some(number);
        }
    }

    /// A thread is about to end, its memory still there: the last chance to look into its segments.
    pub(super) fn ending(&mut self, stopped: Stopped) {
        let pid = self.process_of(stopped.tid());
        if self.story.process(pid).is_some_and(|process| process.memory == pid) {
            self.mapped.check_all(&mut self.story, pid);
            let segments = self.story.segments(pid);
            let attaches = self.story.process(pid).map(|process| &process.attaches);
            let first = segments.iter().take(MAX_SEGMENTS).filter_map(|(shmid, _)| attaches?.of(*shmid));
            let read = |at, bytes: &mut [u8]| stopped.read(at, bytes);
            let role = self.story.role(pid);
            let last = first
                .map(|attach| inspect::last_look((pid, &role), attach, self.mapped.page, read))
                .collect();
            let rows = inspect::rows(&self.story, pid, &segments);
            self.note_computed(pid);
            let private = self.private.entry(pid).or_default();
            (private.last, private.rows) = (last, rows);
        }
        self.go(stopped, 0);
    }

    /// A process is about to leave a segment: how much it and its parent have computed until now.
    pub(super) fn note_computed(&mut self, pid: i32) {
        let Some((parent, then)) =
            self.story.process(pid).and_then(|process| Some((process.parent?, process.parent_then)))
        else {
            return;
        };
        let (ran, now) = (proc::computed(pid), then.and_then(|_| proc::computed(parent)));
        if let Some(process) = self.story.process_mut(pid) {
            process.ran = ran;
            process.parent_ran = then.zip(now).map(|(then, now)| now.saturating_sub(then));
        }
    }

    /// A thread is gone; with the first thread's status, its process.
    pub(super) fn gone(&mut self, tid: i32, ended: Ended) -> Result<(), Error> {
        self.early.remove(&tid);
        self.owed.remove(&tid);
        let Some(thread) = self.threads.remove(&tid) else { return Ok(()) };
        let pid = thread.process;
        if matches!(thread.between, Some(Between::Clone(_))) {
            self.cut_short(pid);
        }
        if tid == pid {
            if pid == self.first {
                self.prepared()?;
            }
            self.process_gone(pid, ended);
        }
        Ok(())
    }

    fn process_gone(&mut self, pid: i32, ended: Ended) {
        let outcome = match ended {
            Ended::Exited(status) => Outcome::Exited(status),
            Ended::Killed(signal) => Outcome::Died { signal, fault: self.fatal_fault(pid, signal) },
            Ended::Unknown => Outcome::Silent,
        };
        let killed = matches!(outcome, Outcome::Died { .. });
        self.story.cut |= self.watched.acted().is_some();
        *self.story.counted.entry(TracedCall::Exit).or_default() += 1;
        let shape = u64::from(killed) << 1 | u64::from(matches!(outcome, Outcome::Exited(0)));
        let kept = self.keeps((TracedCall::Exit, false), shape);
        let number = kept.is_told().then_some(self.story.next);
        let private = self.private.remove(&pid).unwrap_or_default();
        let cut = self.story.cut && matches!(outcome, Outcome::Died { signal: libc::SIGKILL, .. });
        self.story.process_mut(pid).into_iter().for_each(|process| process.cut = cut);
        let left = self.story.exit(pid, outcome.clone(), &private.last, number);
        if kept.is_told() {
            self.tell_exit(pid, outcome, &left, private, kept);
        } else {
            self.count(kept);
        }
        self.sources.forget(pid);
    }

    fn tell_exit(&mut self, pid: i32, outcome: Outcome, left: &[(i32, u64)], before: Private, kept: Telling) {
        let call = match outcome {
            Outcome::Exited(status) => format!("exit({status})"),
            _ => "(killed)".into(),
        };
        let crashed = matches!(outcome, Outcome::Died { fault: Some(_), .. });
        let mut event = self.event_of((pid, pid), TracedCall::Exit, outcome, call, left);
        if !before.rows.is_empty() {
            event.before = inspect::snapshot(&self.story, pid, before.rows);
        }
        let last = before.last.into_iter().next();
        let ended = left.first().map_or(0, |(_, times)| times.cast_signed());
        let meanwhile = super::calls::meanwhile(&event, -ended);
        let (shmid, attaches) = all_of(left);
        let seen = event.seen_mut();
        seen.meanwhile = meanwhile;
        seen.cause = self.story.process(pid).and_then(|process| process.fault).filter(|_| crashed);
        seen.beyond = last.as_ref().and_then(|last| last.beyond);
        seen.by_lab = self.story.process(pid).is_some_and(|process| process.cut);
        seen.meaning = shmid.map(|shmid| Meaning::ExitDetaches { attaches, shmid });
        let role = event.role.clone();
        event.content = last.map(|last| Content { role, address: last.address, bytes: last.begins });
        self.tell(event, kept);
    }

    /// The fault that a process died of: its last one, if the signal is the same.
    fn fatal_fault(&self, pid: i32, signal: i32) -> Option<Fault> {
        let number = self.story.process(pid)?.fault?;
        match self.story.event(number)?.outcome {
            Outcome::Died { signal: got, fault } if got == signal => fault,
            _ => None,
        }
    }
}
