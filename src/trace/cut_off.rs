//! The time is up: what every process is doing is looked at, and then all of them are ended. A process that runs in its
//! own code is stopped for that, and taken through a few of its instructions, to see what it reads; it does nothing
//! after that, so that it can't matter to it.

use std::thread::sleep;
use std::time::Duration;

use super::calls::callers;
use super::proc_state::{self, Doing, Polled, Wait, Waiter};
use super::source::Sources;
use super::{AtTimeout, Engine, inspect, polled};
use crate::error::Error;
use crate::facts::event::Source;
use crate::sys::asleep::{self, SleepingCall, ThreadState};
use crate::sys::ptrace::{self, Stop, Stopped, Waited};
use crate::sys::watchdog::Why;
use crate::sys::{proc, process};

/// How many processes are named when the time is up.
const MAX_WAITS_TOLD: usize = 20;
/// And how many threads of each.
const MAX_THREADS_TOLD: usize = 4;
/// How many bytes of a segment are shown.
const SHOWN_BYTES: usize = 16;
/// How many words of the stack of a thread that sleeps: stdio is deeper than the wrapper of a call.
const STACK_WORDS: usize = 256;
/// For this many milliseconds at most a running thread is waited for.
const PATIENCE: usize = 50;
/// Through this many instructions at most it is taken.
const MAX_STEPS: usize = 200;
/// How long whoever sleeps is looked at.
const A_WHILE: Duration = Duration::from_millis(20);

/// What the line says that makes a call: the functions of libc that end in it.
const CALLERS: &[(libc::c_long, &[&str])] = &[
    (libc::SYS_semop, &["semop"]),
    (libc::SYS_semtimedop, &["semop", "semtimedop"]),
    (libc::SYS_futex, &["pthread_", "sem_wait", "sem_timedwait", "sem_clockwait", "mtx_", "cnd_", "futex"]),
    (libc::SYS_wait4, &["wait", "system", "pclose"]),
    (libc::SYS_waitid, &["wait"]),
    (libc::SYS_read, &["read", "get", "scanf"]),
    (libc::SYS_write, &["write", "put", "print", "flush"]),
    (libc::SYS_msgrcv, &["msgrcv"]),
    (libc::SYS_msgsnd, &["msgsnd"]),
    (libc::SYS_clock_nanosleep, &["sleep"]),
    (libc::SYS_nanosleep, &["sleep"]),
];

impl Engine<'_> {
    /// Says what everybody was doing, and ends it.
    pub(super) fn cut_off(&mut self) -> Result<Vec<AtTimeout>, Error> {
        let pids: Vec<i32> = self.story.alive().map(|process| process.pid).collect();
        let mut stops = Vec::new();
        let mut waiters: Vec<Waiter> = Vec::new();
        for pid in pids.iter().take(MAX_WAITS_TOLD) {
            let all = asleep::threads(*pid);
            let all = if all.is_empty() { vec![*pid] } else { all };
            let seen: Vec<Waiter> =
                all.iter().filter_map(|tid| self.look_at(*pid, *tid, &mut stops)).collect();
            let told = seen.into_iter().filter(|waiter| waiter.thread.is_none() || waiter.says_more());
            waiters.extend(told.take(MAX_THREADS_TOLD));
        }
        let asleep = waiters.iter().any(|waiter| matches!(waiter.doing, Doing::Waiting(_)));
        if asleep {
            sleep(A_WHILE);
        }
        for waiter in &mut waiters {
            let now = asleep::sleeps(waiter.thread.unwrap_or(waiter.pid));
            waiter.still = now.is_some() && now == waiter.sleeps;
        }
        self.story.cut = true;
        self.end_all();
        for stop in stops {
            self.stop(stop)?;
        }
        self.story.waits.clone_from(&waiters);
        let mut doing: Vec<AtTimeout> =
            waiters.into_iter().map(|waiter| AtTimeout::Process(Box::new(waiter))).collect();
        let more = pids.len().saturating_sub(MAX_WAITS_TOLD);
        doing.extend((more > 0).then_some(AtTimeout::More(more)));
        // Whoever was killed already was doing nothing any more.
        let late = self.watched.acted() == Some(Why::Deadline);
        Ok(if late { vec![AtTimeout::LabStopped] } else { doing })
    }

    /// Kills every process of the program; a child that is just being born is killed at the next tick.
    pub(super) fn end_all(&self) {
        self.story.alive().for_each(|alive| process::send(alive.pid, libc::SIGKILL));
    }

    /// A thread that sleeps in a lock which was released meanwhile, and which only this signal wakes. A process that
    /// ignores the signal sleeps on without a tracer.
    pub(super) fn woken(&mut self, pid: i32, tid: i32) -> Option<Waiter> {
        let ThreadState::InCall(call) = asleep::state(tid) else { return None };
        let wait = proc_state::wait(&self.story, self.story.process(pid)?, &call)?;
        let Wait::Futex { private: true, place: Some(_), word, expected, .. } = wait else { return None };
        if word == Some(expected) {
            return None;
        }
        let source = self.line_of_call(pid, &call);
        Some(self.waiter(pid, tid, Doing::Waiting(wait), source, None))
    }

    fn look_at(&mut self, pid: i32, tid: i32, stops: &mut Vec<Stop>) -> Option<Waiter> {
        let sleeps = asleep::sleeps(tid);
        let (source, doing) = match asleep::state(tid) {
            // A tracee that a signal has stopped counts as traced.
            _ if matches!(proc::state(tid), Some('T' | 't')) => (None, Doing::Halted),
            ThreadState::Hidden => (None, Doing::Hidden),
            ThreadState::InCall(call) => {
                let found = proc_state::wait(&self.story, self.story.process(pid)?, &call);
                let doing = found.map_or(Doing::InCall(call.number), Doing::Waiting);
                (self.line_of_call(pid, &call), doing)
            }
            ThreadState::Running => {
                let (line, polls) = self.look_at_running(pid, tid, stops).unwrap_or_default();
                (line, Doing::Running { polls })
            }
        };
        Some(self.waiter(pid, tid, doing, source, sleeps))
    }

    fn waiter(
        &self,
        pid: i32,
        tid: i32,
        doing: Doing,
        source: Option<Source>,
        sleeps: Option<u64>,
    ) -> Waiter {
        let attach = self.story.memory(pid).and_then(|process| process.attaches.open().next());
        let holds = attach.map(|attach| {
            let read = |at, bytes: &mut [u8]| asleep::read(pid, at, bytes);
            (attach.shmid, inspect::at_most(SHOWN_BYTES, attach.address, attach.size, read))
        });
        let (role, thread) = (self.story.role(pid), (tid != pid).then_some(tid));
        // Its namespace is looked at when it makes its first call.
        let idle = holds.is_none() && self.private.get(&pid).is_none_or(|private| !private.checked);
        Waiter { role, pid, thread, doing, source, holds, idle, sleeps, still: false }
    }

    /// The line that made the call in which a thread sleeps.
    fn line_of_call(&mut self, pid: i32, call: &SleepingCall) -> Option<Source> {
        let (_, names) = CALLERS.iter().find(|(number, _)| *number == call.number)?;
        let words = inspect::words(call.stack, STACK_WORDS, |at, bytes| asleep::read(pid, at, bytes));
        let memory = self.story.memory_of(pid);
        self.sources.calling(memory, names, &words)
    }

    /// Stops a thread that runs in its own code: the line that it is in, and what it reads of a segment. `stops`: what
    /// has to be looked at later.
    fn look_at_running(
        &mut self,
        pid: i32,
        tid: i32,
        stops: &mut Vec<Stop>,
    ) -> Option<(Option<Source>, Option<Polled>)> {
        ptrace::interrupt(tid).ok()?;
        let stopped = match stopped(tid)? {
            Stop::Started(stopped) => stopped,
            other => {
                stops.push(other);
                return None;
            }
        };
        let memory = self.story.memory_of(pid);
        let source = line_of_instruction(&mut self.sources, memory, &stopped);
        let attached = self.story.memory(pid).is_some_and(|process| !process.attaches.is_empty());
        if !attached {
            stops.push(Stop::Started(stopped));
            return Some((source, None));
        }
        let (line, polls) = self.follow_reads(pid, stopped, stops).unzip();
        Some((line.flatten().or(source), polls))
    }

    /// Takes a thread through its next instructions until one reads of a segment: the line of that instruction, and
    /// what it reads.
    fn follow_reads(
        &mut self,
        pid: i32,
        mut stopped: Stopped,
        stops: &mut Vec<Stop>,
    ) -> Option<(Option<Source>, Polled)> {
        for _ in 0..MAX_STEPS {
            let read = stopped.registers().and_then(|registers| {
                let mut code = [0; 16];
                let there = stopped.read(registers[polled::INSTRUCTION], &mut code);
                polled::reads(&code[..there], &registers)
            });
            if let Some((address, width)) = read
                && let Some(polls) = self.in_segment(pid, address, width)
            {
                let memory = self.story.memory_of(pid);
                let source = line_of_instruction(&mut self.sources, memory, &stopped);
                stops.push(Stop::Started(stopped));
                return Some((source, polls));
            }
            let tid = stopped.tid();
            stopped.step();
            stopped = match self::stopped(tid) {
                Some(Stop::Signal(next, libc::SIGTRAP)) => next,
                other => {
                    stops.extend(other);
                    return None;
                }
            };
        }
        stops.push(Stop::Started(stopped));
        None
    }

    fn in_segment(&self, pid: i32, address: u64, width: usize) -> Option<Polled> {
        let attach = self.story.memory(pid)?.attaches.holding(address)?;
        let offset = address - attach.address;
        let read = |at, bytes: &mut [u8]| asleep::read(pid, at, bytes);
        let bytes = inspect::at_most(width, address, width as u64, read);
        Some(Polled { shmid: attach.shmid, offset, bytes })
    }
}

/// The next stop of a thread that was asked to stop.
fn stopped(tid: i32) -> Option<Stop> {
    for _ in 0..PATIENCE {
        match ptrace::look(tid).ok()? {
            Waited::Stop(stop) => return Some(stop),
            Waited::Nothing | Waited::Interrupted => sleep(Duration::from_millis(1)),
            Waited::Nobody => return None,
        }
    }
    None
}

/// The line that a stopped thread is in; in a function without lines, its caller's.
fn line_of_instruction(sources: &mut Sources, memory: i32, stopped: &Stopped) -> Option<Source> {
    let info = stopped.info().ok()?;
    let here = sources.line(memory, info.instruction.saturating_add(1), false);
    here.or_else(|| {
        let words = callers(stopped, &info);
        words.first().and_then(|word| sources.line(memory, *word, true))
    })
}
