//! What the kernel sees of our own processes while they make a lesson's call. A process marks the moments before and
//! after; in between every system call stops it for an instant and is written down. Outside the marks it runs without
//! stops. The observer never changes what a process does, and where ptrace is refused lab has no observer and
//! everything else goes on.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, Instant};

use super::busy_deadline::BusyDeadline;
use super::mark::MARK;
use super::ptrace::{self, Stop, Stopped, Syscall, Waited};
use super::status::Ended;
use super::{proc, signals};

/// How long a process may take to stop; after that its step is played unobserved.
const HALT_WITHIN: Duration = Duration::from_secs(1);
/// How many calls of one step are written down besides those that it asks for again and again. Each costs two stops, and
/// a step has a deadline.
const MAX_CALLS: usize = 64;
/// How long a step may be slowed down by its stops. On a busy machine each waits for its turn, and there are thousands of
/// them where a step has a loop.
const COUNT_WITHIN: Duration = Duration::from_secs(8);

/// How many bytes a call has copied into the kernel or out of it, if it succeeded.
#[derive(Debug, Clone, Copy)]
enum Copies {
    /// As many as it returns.
    Returned,
    /// As many as this argument says.
    Argument(usize),
}

/// The calls that carry bytes from one process to another through the kernel.
const CARRIERS: &[(libc::c_long, Copies)] = &[
    (libc::SYS_read, Copies::Returned),
    (libc::SYS_write, Copies::Returned),
    (libc::SYS_msgrcv, Copies::Returned),
    (libc::SYS_msgsnd, Copies::Argument(2)),
];

/// The system calls of one step, in the order in which each was first made, and how often.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CountedCalls {
    pub made: Vec<(u64, usize)>,
    /// Bytes that they copied into the kernel or out of it.
    pub copied: u64,
    /// There were more than could be written down.
    pub more: bool,
}

impl CountedCalls {
    fn add(&mut self, number: u64, more: usize) {
        match self.made.iter_mut().find(|(known, _)| *known == number) {
            Some((_, times)) => *times += more,
            None => self.made.push((number, more)),
        }
    }

    /// These and more.
    #[must_use]
    pub fn and(mut self, others: CountedCalls) -> CountedCalls {
        others.made.into_iter().for_each(|(number, times)| self.add(number, times));
        CountedCalls { copied: self.copied + others.copied, more: self.more | others.more, ..self }
    }

    /// One more, where no more than `most` are written down.
    fn add_one(&mut self, number: u64, most: usize) {
        self.add(number, 1);
        self.more = self.made.iter().map(|(_, times)| times).sum::<usize>() >= most;
    }

    /// What was added since an earlier moment.
    pub fn since(&self, earlier: &CountedCalls) -> CountedCalls {
        let before =
            |number| earlier.made.iter().find(|(known, _)| *known == number).map_or(0, |(_, times)| *times);
        let added = self.made.iter().map(|(number, times)| (*number, times.saturating_sub(before(*number))));
        CountedCalls {
            made: added.filter(|(_, times)| *times > 0).collect(),
            copied: self.copied.saturating_sub(earlier.copied),
            more: self.more,
        }
    }

    /// A call with this number and these arguments has returned this.
    fn returned(&mut self, number: u64, args: &[u64; 6], value: i64) {
        let row = CARRIERS.iter().find(|(carrier, _)| i64::try_from(number) == Ok(*carrier));
        self.copied += match row {
            Some((_, Copies::Returned)) => u64::try_from(value).unwrap_or(0),
            Some((_, Copies::Argument(at))) => args[*at],
            None => 0,
        };
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// It runs without stops.
    #[default]
    Free,
    /// It was asked to stop, and has not yet.
    Asked,
    /// It stops at every call; the first mark has not come.
    Armed,
    Between,
}

#[derive(Debug, Default)]
struct WatchedActor {
    phase: Phase,
    calls: CountedCalls,
    /// How many calls are written down.
    most: usize,
    /// The call that it is in.
    inside: Option<(u64, [u64; 6])>,
    /// Stopped by a signal, and left so.
    held: bool,
}

/// The tracer of a run's own processes.
#[derive(Debug, Default)]
pub struct StepTracer {
    watched: BTreeMap<i32, WatchedActor>,
    /// When the last step was begun that is observed.
    begun: Option<Instant>,
    /// Ends that were noticed here first.
    ended: BTreeMap<i32, Ended>,
}

impl StepTracer {
    /// Watches a child of ours, and later the children it forks. EPERM: ptrace is refused here.
    pub fn watch(&mut self, pid: i32) -> io::Result<()> {
        ptrace::seize(pid)?;
        self.watched.insert(pid, WatchedActor::default());
        Ok(())
    }

    /// Has a process stop at every call from now on; returns when it does, or when its deadline has passed. `asked`: how
    /// many calls it will make for certain, since it has a loop to do.
    pub fn arm(&mut self, pid: i32, asked: usize) {
        self.begun = Some(Instant::now());
        let Some(watched) = self.watched.get_mut(&pid).filter(|watched| watched.phase == Phase::Free) else {
            return;
        };
        if ptrace::interrupt(pid).is_err() {
            return;
        }
        let most = MAX_CALLS.saturating_add(asked);
        *watched = WatchedActor { phase: Phase::Asked, most, ..WatchedActor::default() };
        let mut patience = BusyDeadline::of(HALT_WITHIN);
        self.pump();
        while self.watched.get(&pid).is_some_and(|watched| watched.phase == Phase::Asked)
            && patience.keep_waiting(|| self.busy(pid))
            && signals::ending().is_none()
        {
            // SIGCHLD ends this wait.
            let _ = signals::wait(None, Some(patience.deadline()));
            self.pump();
        }
    }

    /// What was written down since it was armed; none where it was not watched.
    pub fn calls(&self, pid: i32) -> Option<CountedCalls> {
        self.watched.get(&pid).filter(|watched| watched.phase != Phase::Asked).map(|it| it.calls.clone())
    }

    /// How a process ended, if that was noticed here; returned once.
    pub fn end_of(&mut self, pid: i32) -> Option<Ended> {
        self.ended.remove(&pid)
    }

    /// Whether a process is busy, or stopped until this tracer lets it go on.
    pub fn busy(&self, pid: i32) -> bool {
        let waits_for_us =
            || proc::state(pid) == Some('t') && self.watched.get(&pid).is_some_and(|watched| !watched.held);
        proc::busy(pid) || waits_for_us()
    }

    /// Handles every stop that has come. Never waits.
    pub fn pump(&mut self) {
        let mut pids: Vec<i32> = self.watched.keys().copied().collect();
        while let Some(pid) = pids.pop() {
            while let Ok(Waited::Stop(stop)) = ptrace::look(pid) {
                pids.extend(self.stopped(pid, stop));
            }
        }
    }

    /// Handles one stop; returns the child that it reports, if it reports one.
    fn stopped(&mut self, pid: i32, stop: Stop) -> Option<i32> {
        let slow = self.begun.is_some_and(|begun| begun.elapsed() > COUNT_WITHIN);
        let watched = self.watched.entry(pid).or_default();
        watched.held = matches!(stop, Stop::Group(_));
        match stop {
            Stop::Call(stopped) => watched.call(stopped, slow),
            Stop::Started(stopped) if watched.phase == Phase::Asked => {
                watched.phase = Phase::Armed;
                stopped.resume_to_call(0);
            }
            Stop::Signal(stopped, signal) => {
                // What a handler does then is not the lesson's call.
                if matches!(signal, libc::SIGSEGV | libc::SIGBUS) {
                    watched.phase = Phase::Free;
                }
                stopped.sleep_on(signal);
                watched.go_on(stopped, signal);
            }
            Stop::Exec(stopped, _) => {
                // The new program's own start is not the lesson's call either.
                watched.phase = Phase::Free;
                stopped.resume(0);
            }
            Stop::Born(stopped, _, child) => {
                watched.go_on(stopped, 0);
                self.watched.insert(child, WatchedActor::default());
                return Some(child);
            }
            Stop::Started(stopped) | Stop::Ending(stopped) | Stop::Watched(stopped) => {
                watched.go_on(stopped, 0);
            }
            Stop::Group(stopped) => stopped.listen(),
            Stop::Ended(_, ended) => {
                // What was recorded before stays.
                self.ended.insert(pid, ended);
            }
        }
        None
    }
}

impl WatchedActor {
    /// A stop before or after a call. `slow`: the step takes too long because of its stops.
    fn call(&mut self, stopped: Stopped, slow: bool) {
        match stopped.info().map(|info| info.call) {
            Ok(Syscall::Entry { number, args }) => self.enters(number, args),
            Ok(Syscall::Exit(returned)) => {
                if let (Some((number, args)), Ok(value)) = (self.inside.take(), returned) {
                    self.calls.returned(number, &args, value);
                }
            }
            _ => {}
        }
        self.calls.more |= slow && self.phase == Phase::Between;
        if self.calls.more {
            self.phase = Phase::Free;
        }
        self.go_on(stopped, 0);
    }

    fn enters(&mut self, number: u64, args: [u64; 6]) {
        let mark = (i64::try_from(number), args[0]) == (Ok(MARK.0), MARK.1);
        match self.phase {
            Phase::Armed if mark => self.phase = Phase::Between,
            Phase::Between if mark => self.phase = Phase::Free,
            Phase::Between => {
                self.calls.add_one(number, self.most);
                self.inside = Some((number, args));
            }
            _ => {}
        }
    }

    fn go_on(&self, stopped: Stopped, signal: i32) {
        match self.phase {
            Phase::Free | Phase::Asked => stopped.resume(signal),
            Phase::Armed | Phase::Between => stopped.resume_to_call(signal),
        }
    }
}
