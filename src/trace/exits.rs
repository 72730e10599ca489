//! Signals, crashes and ends; and the last look at what a program leaves behind. Nothing is removed here.

use std::collections::HashMap;

use super::attaches::{Closed, How};
use super::escapes::Between;
use super::inspect::Last;
use super::unseen::Unseen;
use super::{Telling, Tracer, fault};
use crate::error::Error;
use crate::facts::event::Content;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Fault, Outcome};
use crate::facts::traced_call::TracedCall;
use crate::sys::evidence;
use crate::sys::ptrace::Stopped;
use crate::sys::status::Ended;

/// So many segments of a process are looked into before it ends: more than a kernel has by default.
const MAX_SEGMENTS: usize = 5000;

impl Tracer<'_> {
    /// A signal on its way into the program. It is delivered whatever it is.
    pub(super) fn signal(&mut self, stopped: Stopped, signal: i32) {
        self.to_hand_on.remove(&signal);
        let pid = self.threads.get(&stopped.tid()).map(|thread| thread.process);
        if let (libc::SIGSEGV | libc::SIGBUS, Some(pid)) = (signal, pid)
            && let Some(info) = stopped.signal_info()
            // Above 0 it is the kernel's own; below, somebody sent it.
            && info.code > 0
        {
            self.fault(&stopped, pid, signal, Fault { address: info.address, code: info.code });
        }
        self.go(stopped, signal);
    }

    fn fault(&mut self, stopped: &Stopped, pid: i32, signal: i32, fault: Fault) {
        let kept = self.keeps((TracedCall::Fault, false), 0);
        if !kept.is_told() {
            return;
        }
        *self.story.counted.entry(TracedCall::Fault).or_default() += 1;
        let there = self.check_fault(pid, fault.address);
        let (what, cause, segment) = fault::explain(&self.story, pid, &fault, there, self.page);
        let failed =
            || fault::may_be_minus_one(&what).then(|| self.last_failed(pid, TracedCall::Shmat)).flatten();
        let cause = cause.or_else(failed);
        let memory = self.story.process(pid).map_or(pid, |process| process.memory);
        // The line of the instruction itself; in a function of libc, which has no lines here, its caller's.
        let source = stopped.info().ok().and_then(|info| {
            let here = self.sources.line(memory, info.instruction.saturating_add(1), false);
            here.or_else(|| {
                self.callers(stopped, &info).first().and_then(|word| self.sources.line(memory, *word, true))
            })
        });
        let row = segment.and_then(|shmid| self.row(pid, shmid));
        let mut event =
            self.event(stopped.tid(), pid, TracedCall::Fault, Outcome::Died { signal, fault: Some(fault) });
        event.call = format!("access to {:#x}", fault.address);
        event.code.clone_from(&event.call);
        event.segment = segment;
        event.before = self.snapshot(pid, row.into_iter().collect());
        event.after = event.before.clone();
        if let Some(seen) = &mut event.seen {
            seen.meaning = Some(Meaning::Fault { why: what });
            seen.cause = cause;
            seen.source = source;
        }
        let number = self.tell(event, kept);
        if let Some(process) = self.story.process_mut(pid) {
            process.fault = Some(number);
        }
    }

    /// A thread is about to end, its memory still there: the last chance to look into its segments.
    pub(super) fn ending(&mut self, stopped: Stopped) {
        let pid = self.threads.get(&stopped.tid()).map_or(stopped.tid(), |thread| thread.process);
        if self.story.process(pid).is_some_and(|process| process.memory == pid) {
            self.check_all(pid);
            let segments = self.story.segments(pid);
            let attaches = self.story.process(pid).map(|process| &process.attaches);
            let first = segments.iter().take(MAX_SEGMENTS).filter_map(|(shmid, _)| attaches?.of(*shmid));
            let last = first.map(|attach| self.read_last(&stopped, attach)).collect();
            let rows = self.rows(pid, &segments);
            let private = self.private.entry(pid).or_default();
            (private.last, private.rows) = (last, rows);
        }
        self.go(stopped, 0);
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
                self.ended(ended);
            }
            self.process_gone(pid, ended);
        } else if let Some(process) = self.story.process_mut(pid) {
            process.threads = process.threads.saturating_sub(1);
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
        *self.story.counted.entry(TracedCall::Exit).or_default() += 1;
        let shape = u64::from(killed) << 1 | u64::from(matches!(outcome, Outcome::Exited(0)));
        let kept = self.keeps((TracedCall::Exit, false), shape);
        let number = kept.is_told().then_some(self.story.next);
        let left = self.leave_at_exit(pid, number);
        if !kept.is_told() {
            self.count(kept);
        } else {
            self.tell_exit(pid, &outcome, &left, kept);
        }
        if let Some(process) = self.story.process_mut(pid) {
            process.ended = Some(outcome);
            process.attaches.shrink();
        }
        self.private.remove(&pid);
        self.sources.forget(pid);
    }

    fn tell_exit(&mut self, pid: i32, outcome: &Outcome, left: &[(i32, u64)], kept: Telling) {
        let last = self.private.get(&pid).and_then(|private| private.last.first().cloned());
        let mut event = self.event(pid, pid, TracedCall::Exit, outcome.clone());
        event.call = match outcome {
            Outcome::Exited(status) => format!("exit({status})"),
            _ => "(killed)".into(),
        };
        event.code.clone_from(&event.call);
        let rows = self.rows(pid, left);
        event.segment = left.first().map(|(shmid, _)| *shmid);
        if let Some(before) =
            self.private.get(&pid).map(|private| private.rows.clone()).filter(|rows| !rows.is_empty())
        {
            event.before = self.snapshot(pid, before);
        }
        event.after = self.snapshot(pid, rows);
        event.content = last.as_ref().map(|last| Content {
            role: event.role.clone(),
            address: last.address,
            bytes: last.begins.clone(),
        });
        let fault = self.story.process(pid).and_then(|process| process.fault);
        if let Some(seen) = &mut event.seen {
            seen.cause = fault.filter(|_| matches!(outcome, Outcome::Died { fault: Some(_), .. }));
            seen.beyond = last.and_then(|last| last.beyond);
            let attaches = left.iter().map(|(_, times)| times).sum();
            seen.meaning = left.first().map(|(shmid, _)| Meaning::ExitDetaches { attaches, shmid: *shmid });
        }
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

    /// Ends the attaches of a process that is gone; their segments, and how often each was attached.
    fn leave_at_exit(&mut self, pid: i32, number: Option<usize>) -> Vec<(i32, u64)> {
        if self.story.process(pid).is_none_or(|process| process.memory != pid) {
            return Vec::new();
        }
        let left = self.story.detach_all(pid, Closed { how: How::Exit, event: number });
        let keep_waiting = self.private.get(&pid).map(|private| private.last.clone()).unwrap_or_default();
        let keep_waiting: HashMap<i32, &Last> = keep_waiting.iter().map(|last| (last.shmid, last)).collect();
        for (shmid, times) in &left {
            self.left(*shmid, *times, keep_waiting.get(shmid).copied(), number);
        }
        left
    }

    /// After the last process: which of the segments are still there.
    pub(super) fn look_back(&mut self) {
        let Some((rows, _)) = evidence::segments() else {
            return self.story.cannot_see(Unseen::LeftBehind);
        };
        if self.story.elsewhere {
            return;
        }
        self.look_for_unseen(&rows);
        let rows: HashMap<i32, _> = rows.into_iter().map(|row| (row.shmid, row)).collect();
        let mut later = std::collections::HashSet::new();
        for life in self.story.lives.iter_mut().rev() {
            // Of several lives of one id only the last can still be there.
            let last = later.insert(life.shmid);
            life.left = rows.get(&life.shmid).filter(|_| last).cloned();
            life.destroyed = life.left.is_none();
        }
    }
}
