//! Stops: who is born, who runs another program, which call begins or ends, which signal arrives. Each stop is
//! looked at, told of and resumed at once, so that the telling stands before what the program prints next.

use super::attaches::{Closed, How};
use super::story::Process;
use super::unseen::Unseen;
use super::{Private, Thread, Tracer, decode, roles};
use crate::error::Error;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::sys::evidence;
use crate::sys::ptrace::{Birth, Info, Stop, Stopped, Syscall};
use crate::sys::seccomp::trace::{self, WatchedCall};

impl Tracer<'_> {
    /// One stop.
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
        match trace::by_number(info.arch, number, args) {
            None => self.go(stopped, 0),
            Some(
                hides @ (WatchedCall::Clone
                | WatchedCall::Clone3
                | WatchedCall::Filter
                | WatchedCall::Undecoded),
            ) => {
                self.hiding_begins(stopped, hides, info);
            }
            Some(watched) => self.call_begins(stopped, watched, info),
        }
    }

    fn known(&self, stopped: &Stopped) -> bool {
        self.threads.contains_key(&stopped.tid())
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

    /// The first process, or one that somebody made, enters the story.
    pub(super) fn enter(&mut self, pid: i32, role: &str) {
        self.threads.insert(pid, Thread::of(pid));
        self.private.insert(pid, Private::default());
        let role = self.story.free_role(role);
        self.story.enter(Process::new(pid, role));
    }

    fn born(&mut self, stopped: Stopped, birth: Birth, child: i32) {
        self.unhide(&stopped, child);
        let parent = self.threads.get(&stopped.tid()).map_or(stopped.tid(), |thread| thread.process);
        // It may have been taken in already.
        let new = child > 0 && !self.threads.contains_key(&child);
        if new && birth == Birth::Clone && evidence::process_of(child) == Some(parent) {
            self.threads.insert(child, Thread::of(parent));
            if let Some(process) = self.story.process_mut(parent) {
                process.threads += 1;
            }
        } else if new {
            self.child(stopped.tid(), parent, birth, child);
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
            match evidence::process_of(tid) {
                Some(process) if process != tid => {
                    self.threads.insert(tid, Thread::of(process));
                }
                _ => self.child(self.first, self.first, Birth::Clone, tid),
            }
            self.go(stopped, 0);
        }
    }

    pub(super) fn child(&mut self, tid: i32, parent: i32, birth: Birth, child: i32) {
        let private = self.private.entry(parent).or_default();
        private.children += 1;
        let (number, looks, checked) = (private.children, private.looks.clone(), private.checked);
        let shm_calls = private.shm_calls;
        let elsewhere = self.story.process(parent).is_some_and(|process| process.elsewhere);
        let above = self.story.process(parent).map_or("child", |process| process.role.as_str());
        self.enter(child, &roles::of_child(above, number));
        let begun = Private { looks, checked, shm_calls, ..Private::default() };
        self.private.insert(child, begun);
        self.sources.inherit(parent, child);
        let borrowed = birth == Birth::Vfork;
        let (memory, program) = match self.story.process(parent) {
            Some(process) if borrowed => (process.memory, process.program.clone()),
            Some(process) => (child, process.program.clone()),
            None => (child, String::new()),
        };
        if let Some(process) = self.story.process_mut(child) {
            (process.parent, process.birth) = (Some(parent), Some(birth));
            (process.memory, process.program, process.elsewhere) = (memory, program, elsewhere);
        }
        let call = match birth {
            Birth::Fork => TracedCall::Fork,
            Birth::Vfork => TracedCall::Vfork,
            Birth::Clone => TracedCall::Clone,
        };
        *self.story.counted.entry(call).or_default() += 1;
        let kept = self.keeps((call, false), 0);
        let shared = if borrowed { Vec::new() } else { self.share(parent, child, kept.is_told()) };
        if !kept.is_told() {
            return self.count(kept);
        }
        let role = self.story.role(child);
        let mut event = self.event(tid, parent, call, Outcome::Returned(Value::Pid(child)));
        event.call = format!("{}()", call.name());
        event.code.clone_from(&event.call);
        let rows = self.rows(parent, &shared);
        event.segment = rows.first().map(|row| row.shmid);
        event.after = self.snapshot(parent, rows);
        if let Some(seen) = &mut event.seen {
            let attaches = shared.iter().map(|(_, times)| times).sum();
            let shmid = shared.first().map(|(shmid, _)| *shmid);
            seen.meaning = Some(match borrowed {
                true => Meaning::BorrowsMemory { child: role },
                false => Meaning::Inherits { child: role, attaches, shmid },
            });
        }
        self.tell(event, kept);
    }

    /// A forked child has its parent's attaches: the segments, and how often each. `look`: at what it really has.
    fn share(&mut self, parent: i32, child: i32, look: bool) -> Vec<(i32, u64)> {
        let from = if self.story.inherit(parent, child) { child } else { parent };
        if look && from == child {
            self.check_inherited(child);
        }
        let shared = self.story.segments(from);
        for (shmid, times) in &shared {
            self.story.count_attach(child, *shmid, *times);
        }
        shared
    }

    fn exec(&mut self, stopped: Stopped, former: i32) -> Result<(), Error> {
        let pid = stopped.tid();
        if pid == self.first && self.launched.is_some() {
            self.prepared()?;
            self.runs(pid);
            self.go(stopped, 0);
            return Ok(());
        }
        // The other threads are gone, and the one that called has taken the first one's id.
        self.threads.retain(|tid, thread| thread.process != pid || *tid == pid);
        self.threads.insert(pid, Thread::of(pid));
        let kept = self.keeps((TracedCall::Execve, false), 0);
        let number = kept.is_told().then_some(self.story.next);
        let left = self.leave_for_exec(pid, number);
        self.runs(pid);
        stopped.stop_at_end(false);
        let was = self.story.role(pid);
        let name = self.name_of(pid);
        *self.story.counted.entry(TracedCall::Execve).or_default() += 1;
        if !kept.is_told() {
            self.count(kept);
        } else {
            let mut event = self.event(former, pid, TracedCall::Execve, Outcome::Returned(Value::Nothing));
            event.call = decode::execve(&evidence::arguments_of(pid));
            event.code.clone_from(&event.call);
            let rows = self.rows(pid, &left);
            event.segment = left.first().map(|(shmid, _)| *shmid);
            event.after = self.snapshot(pid, rows);
            if let Some(seen) = &mut event.seen {
                seen.thread = (former != pid).then_some(former);
                let attaches = left.iter().map(|(_, times)| times).sum();
                let (name, shmid) = (name.clone(), left.first().map(|(shmid, _)| *shmid));
                seen.meaning = Some(Meaning::Becomes { was, name, attaches, shmid });
            }
            self.tell(event, kept);
        }
        self.story.rename(pid, name);
        self.go(stopped, 0);
        Ok(())
    }

    /// Ends the attaches of a process that runs another program now; their segments. `number`: of the event that
    /// tells it, if one does.
    fn leave_for_exec(&mut self, pid: i32, number: Option<usize>) -> Vec<(i32, u64)> {
        let Some(process) = self.story.process_mut(pid) else { return Vec::new() };
        if process.memory != pid {
            process.memory = pid;
            process.attaches = Default::default();
            return Vec::new();
        }
        let left = self.story.detach_all(pid, Closed { how: How::Exec, event: number });
        for (shmid, times) in &left {
            self.left(*shmid, *times, None, None);
        }
        left
    }

    /// Notes which file a process runs now, and what can't be followed in it.
    fn runs(&mut self, pid: i32) {
        self.sources.forget(pid);
        let program = evidence::program_of(pid);
        // Not by its name, which may lead to something else by now.
        let foreign = crate::sys::launch::examine(format!("/proc/{pid}/exe").as_ref())
            .is_ok_and(|found| matches!(found.kind, crate::sys::launch::ProgramKind::Foreign(..)));
        if foreign {
            self.story.cannot_see(Unseen::Architecture { program: program.clone() });
        }
        if let Some(process) = self.story.process_mut(pid) {
            process.program = program;
            process.threads = 1;
        }
    }

    /// What a process is called after an exec: its new program's name.
    fn name_of(&mut self, pid: i32) -> String {
        let words = evidence::arguments_of(pid);
        let word = words.first().map(|word| String::from_utf8_lossy(word).into_owned()).unwrap_or_default();
        let name = word.rsplit('/').next().unwrap_or_default().to_owned();
        if name.is_empty() { self.story.role(pid) } else { self.story.free_role(&name) }
    }
}
