//! Stops: who is born, who runs another program, which call begins or ends. Each stop is looked at, told of and resumed
//! at once, so that the telling stands before what the program prints next.

use super::engine::{Engine, Private, Thread};
use super::story::Unseen;
use super::{decode, inspect};
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::sys::ptrace::{Birth, Info, Stop, Stopped, Syscall};
use crate::sys::seccomp::trace::{self, WatchedCall};
use crate::sys::{launch, proc};

impl Engine<'_> {
    pub(super) fn stop(&mut self, stop: Stop) -> Result<(), Error> {
        match stop {
            Stop::Watched(stopped) => self.watched(stopped),
            Stop::Call(stopped) => self.call_stop(stopped),
            Stop::Born(stopped, birth, child) => self.born(stopped, birth, child),
            Stop::Exec(stopped, former) => return self.exec(stopped, former),
            Stop::Ending(stopped) => self.ending(stopped),
            Stop::Started(stopped) if self.known(&stopped) => {
                self.settle(&stopped);
                self.go(stopped, 0);
            }
            Stop::Started(stopped) => {
                self.early.insert(stopped.tid(), (stopped, 0));
            }
            Stop::Group(stopped) => stopped.listen(),
            Stop::Signal(stopped, signal) => self.signal(stopped, signal),
            Stop::Ended(tid, ended) => return self.gone(tid, ended),
        }
        Ok(())
    }

    /// A filter's stop: a watched call begins, unless it was a filter of the program's own.
    fn watched(&mut self, stopped: Stopped) {
        let Ok(info) = stopped.info() else { return self.go(stopped, 0) };
        match info.call {
            Syscall::Entry { number, args } if self.known(&stopped) => {
                self.begins(stopped, &info, number, &args);
            }
            _ => self.go(stopped, 0),
        }
    }

    fn begins(&mut self, stopped: Stopped, info: &Info, number: u64, args: &[u64; 6]) {
        use WatchedCall::{Clone, Clone3, Filter, Undecoded};
        let pid = self.process_of(stopped.tid());
        if let Some(failing) = &mut self.failing {
            failing.strike(&self.story, pid, (info.arch, number), &stopped);
        }
        match trace::by_number(info.arch, number, args) {
            None => self.go(stopped, 0),
            Some(hides @ (Clone | Clone3 | Filter | Undecoded)) => self.hiding_begins(stopped, hides, info),
            Some(watched) => self.call_begins(stopped, watched, info),
        }
    }

    fn known(&self, stopped: &Stopped) -> bool {
        self.threads.contains_key(&stopped.tid())
    }

    /// The process of a thread: of one that is new to lab, itself.
    pub(super) fn process_of(&self, tid: i32) -> i32 {
        self.threads.get(&tid).map_or(tid, |thread| thread.process)
    }

    /// A call's entry or exit, of whatever call: without a filter every one comes here.
    fn call_stop(&mut self, stopped: Stopped) {
        let Ok(info) = stopped.info() else { return self.go(stopped, 0) };
        match info.call {
            Syscall::Exit(returned) => {
                let thread = self.threads.get_mut(&stopped.tid());
                match thread.and_then(|thread| thread.between.take()) {
                    Some(between) => self.hiding_ends(stopped, between, returned),
                    None => self.call_ends(stopped, returned),
                }
            }
            Syscall::Entry { number, args } if !self.filtered => {
                self.begins(stopped, &info, number, &args);
            }
            _ => self.go(stopped, 0),
        }
    }

    fn born(&mut self, stopped: Stopped, birth: Birth, child: i32) {
        self.unhide(&stopped, child);
        // It may have been taken in already.
        if child > 0 && !self.threads.contains_key(&child) {
            self.take_in(stopped.tid(), self.process_of(stopped.tid()), birth, child);
        }
        if let Some((early, _)) = self.early.remove(&child) {
            self.go(early, 0);
        }
        self.go(stopped, 0);
    }

    /// Takes in new tracees whose parent was killed before its stop could tell of them: they would wait for ever.
    pub(super) fn adopt(&mut self) {
        let waiting: Vec<i32> = self.early.keys().copied().collect();
        for tid in waiting {
            let Some((stopped, ticks)) = self.early.remove(&tid) else { continue };
            if ticks == 0 {
                self.early.insert(tid, (stopped, 1));
                continue;
            }
            match proc::process_of(tid) {
                Some(process) if process != tid => {
                    self.threads.insert(tid, Thread::of(process));
                }
                _ => self.child(self.first, self.first, Birth::Clone, tid),
            }
            self.go(stopped, 0);
        }
    }

    /// A thread of `parent` has made this one: another thread, or a process.
    pub(super) fn take_in(&mut self, tid: i32, parent: i32, birth: Birth, child: i32) {
        if birth == Birth::Clone && proc::process_of(child) == Some(parent) {
            self.threads.insert(child, Thread::of(parent));
        } else {
            self.child(tid, parent, birth, child);
        }
    }

    fn child(&mut self, tid: i32, parent: i32, birth: Birth, child: i32) {
        let private = self.private.entry(parent).or_default();
        let (looks, checked, shm_calls) = (private.looks.clone(), private.checked, private.shm_calls);
        self.private.insert(child, Private { looks, checked, shm_calls, ..Private::default() });
        self.threads.insert(child, Thread::of(child));
        self.sources.inherit(parent, child);
        let call = match birth {
            Birth::Fork => TracedCall::Fork,
            Birth::Vfork => TracedCall::Vfork,
            Birth::Clone => TracedCall::Clone,
        };
        *self.story.counted.entry(call).or_default() += 1;
        let kept = self.keeps((call, false), 0);
        let borrows = birth == Birth::Vfork;
        let looked = kept.is_told() && !borrows;
        let changes = if looked { self.mapped.not_inherited(&self.story, parent, child) } else { Vec::new() };
        let shared = self.story.fork(parent, child, borrows, &changes);
        if !shared.is_empty()
            && kept.is_told()
            && let Some(process) = self.story.process_mut(child)
        {
            process.parent_then = proc::computed(parent);
        }
        if !kept.is_told() {
            return self.count(kept);
        }
        let born = Outcome::Returned(Value::Pid(child));
        let mut event = self.event_of((tid, parent), call, born, format!("{}()", call.name()), &shared);
        let (child, (shmid, attaches)) = (self.story.role(child), all_of(&shared));
        event.seen_mut().meaning = Some(match borrows {
            true => Meaning::BorrowsMemory { child },
            false => Meaning::Inherits { child, attaches, shmid },
        });
        self.tell(event, kept);
    }

    /// The event of a process's birth, exec or end, which has changed these segments' attaches.
    pub(super) fn event_of(
        &self,
        who: (i32, i32),
        traced: TracedCall,
        outcome: Outcome,
        call: String,
        segments: &[(i32, u64)],
    ) -> Event {
        let rows = inspect::rows(&self.story, who.1, segments);
        let after = inspect::snapshot(&self.story, who.1, rows);
        Event { segment: all_of(segments).0, after, ..self.event(who, traced, outcome, call) }
    }

    fn exec(&mut self, stopped: Stopped, former: i32) -> Result<(), Error> {
        let pid = stopped.tid();
        if pid == self.first && self.launched.is_some() {
            self.prepared()?;
            self.runs(pid, None);
            self.go(stopped, 0);
            return Ok(());
        }
        // The other threads are gone, and the one that called has taken the id of the first.
        self.threads.retain(|tid, thread| thread.process != pid || *tid == pid);
        self.threads.insert(pid, Thread::of(pid));
        let kept = self.keeps((TracedCall::Execve, false), 0);
        let left = self.runs(pid, kept.is_told().then_some(self.story.next));
        stopped.stop_at_end(false);
        *self.story.counted.entry(TracedCall::Execve).or_default() += 1;
        let words = proc::arguments_of(pid);
        let word = words.first().map(|word| String::from_utf8_lossy(word)).unwrap_or_default();
        let name = word.rsplit('/').next().unwrap_or_default();
        if !kept.is_told() {
            self.story.rename(pid, name);
            self.count(kept);
        } else {
            let (runs, call) = (Outcome::Returned(Value::Nothing), decode::execve(&words));
            let mut event = self.event_of((former, pid), TracedCall::Execve, runs, call, &left);
            let (was, name) = (event.role.clone(), self.story.rename(pid, name));
            let (shmid, attaches) = all_of(&left);
            event.seen_mut().meaning = Some(Meaning::Becomes { was, name, attaches, shmid });
            self.tell(event, kept);
        }
        self.go(stopped, 0);
        Ok(())
    }

    /// A process runs another program: what it had attached. Says what can't be followed in it. `number`: of the event
    /// that tells it, if one does.
    pub(super) fn runs(&mut self, pid: i32, number: Option<usize>) -> Vec<(i32, u64)> {
        self.sources.forget(pid);
        let program = proc::program_of(pid);
        // Not by its name, which may lead to something else by now.
        let foreign = launch::examine(format!("/proc/{pid}/exe").as_ref())
            .is_ok_and(|found| matches!(found.kind, launch::ProgramKind::Foreign(..)));
        if foreign {
            self.story.cannot_see(Unseen::Architecture { program: program.clone() });
        }
        self.story.exec(pid, program, number)
    }
}

/// The first of these segments, and how many attachments of all of them there are.
pub(super) fn all_of(segments: &[(i32, u64)]) -> (Option<i32>, u64) {
    (segments.first().map(|(shmid, _)| *shmid), segments.iter().map(|(_, times)| times).sum())
}
