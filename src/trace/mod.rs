//! Following a program that nobody here wrote: its processes, its calls about shared memory, its crashes. The
//! tracer observes; it writes nothing into the program but what `sys::untraced_clone` says, holds no stop longer than it
//! must, and prints nothing: an audience is told of each event as it happens.

mod attaches;
mod call;
mod calls;
mod causes;
mod debug;
mod decode;
mod escapes;
mod exits;
mod fault;
pub mod findings;
mod ftok;
mod inspect;
mod lifetimes;
mod mapped;
mod meaning;
mod members;
mod proc_state;
mod repetition;
mod roles;
mod source;
mod stops;
mod story;
mod threads;
mod unseen;
mod wait;
mod watched;

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use repetition::{Shapes, Telling};
use source::Sources;
use threads::{Private, Thread};
use wait::Waiting;
use watched::TraceWatchdog;

use crate::error::Error;
use crate::facts::event::{Event, Seen, Segment, Snapshot};
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;
use crate::sys::launch::{self, LaunchReport, Launched, Refused};
use crate::sys::process;
use crate::sys::ptrace::{Stop, Stopped, Waited};
use crate::sys::status::Ended;
use crate::sys::untraced_clone::Taken;
use crate::sys::watchdog::Why;
use crate::sys::{evidence, signal_forwarding};
use crate::text::Safe;

pub use attaches::{Attach, How};
pub use story::{Life, PageTail, Process, Story};
pub use unseen::{AtTimeout, Doing, Note, Unseen};

/// What to trace and how.
#[derive(Debug)]
pub struct Plan {
    pub path: PathBuf,
    /// argv, its first word included.
    pub args: Vec<OsString>,
    /// What the program is called.
    pub role: String,
    pub timeout: Option<Duration>,
    /// It may signal and trace nobody but its own processes.
    pub apart: bool,
    /// Keep every call, however often it repeats.
    pub all: bool,
    /// What is said when lab has stood still and its watchdog ends it.
    pub last_words: fn(Why) -> Safe,
}

/// How the program's first process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    Exited(i32),
    Killed(i32),
    /// It ran out of time: what each of its processes was doing.
    TimedOut(Vec<AtTimeout>),
}

/// Who is told.
pub trait Audience {
    /// The program is about to run.
    fn begins(&mut self) {}
    /// An event has happened.
    fn event(&mut self, story: &Story, event: &Event);
    /// A moment has passed: nothing shall wait in a buffer.
    fn pause(&mut self) {}
}

/// How many processes are named when the time is up.
const MAX_WAITS_TOLD: usize = 20;
/// After so many looks at files a process's stats are no longer stopped at twice.
const MAX_FILE_QUERIES: usize = 1000;

/// The most memory that lab takes, in bytes, whatever a program makes it read or remember.
const MEMORY_LIMIT: u64 = 1 << 30;

/// The tracer at work.
struct Tracer<'a> {
    audience: &'a mut dyn Audience,
    story: Story,
    threads: HashMap<i32, Thread>,
    private: HashMap<i32, Private>,
    /// New tracees that stopped before their parent's stop told of them, and how many ticks ago.
    early: HashMap<i32, (Stopped, usize)>,
    /// New tracees in which a flag of their parent's call has to be put back.
    owed: HashMap<i32, Taken>,
    sources: Sources,
    /// How often each shape of call was seen.
    shapes: Shapes,
    /// The first process.
    first: i32,
    launched: Option<Launched>,
    /// Whether only watched calls stop.
    filtered: bool,
    started: Instant,
    /// The same in seconds since 1970.
    since: i64,
    namespace: String,
    page: u64,
    end: Option<End>,
    /// The thread that made a watched call last.
    last: i32,
    /// How often it was looked where an attach has been moved to.
    moves: usize,
    /// Signals sent to us, to be handed on at the next tick unless the program gets them by itself.
    to_hand_on: HashSet<i32>,
    watched: TraceWatchdog,
}

/// Runs the program and follows it to the end of its last process.
///
/// # Errors
/// [`Error::Machine`] where ptrace is refused, [`Error::Usage`] where the program can't be run.
pub fn run(plan: &Plan, audience: &mut dyn Audience) -> Result<(Story, End), Error> {
    let namespace = evidence::ipc_namespace();
    let deadline = plan.timeout.map(|time| Instant::now() + time);
    let (mut watched, mut without) = (TraceWatchdog::new(), None);
    let watch = || without = watched.start(deadline, plan.last_words);
    let launched = launch::launch(&plan.path, &plan.args, plan.apart, watch).map_err(refused)?;
    process::limit_memory(MEMORY_LIMIT);
    signal_forwarding::stand();
    audience.begins();
    let pid = launched.pid;
    let mut tracer = Tracer {
        audience,
        story: Story::default(),
        threads: HashMap::new(),
        private: HashMap::new(),
        early: HashMap::new(),
        owed: HashMap::new(),
        sources: Sources::new(std::env::current_dir().unwrap_or_default()),
        shapes: Shapes::new(plan.all),
        first: pid,
        launched: Some(launched),
        filtered: true,
        started: Instant::now(),
        since: evidence::now(),
        namespace,
        page: evidence::page_size(),
        end: None,
        last: pid,
        moves: 0,
        to_hand_on: HashSet::new(),
        watched,
    };
    tracer.enter(pid, &plan.role);
    tracer.story.unseen.extend(without);
    let end = tracer.follow(deadline)?;
    if !matches!(end, End::Exited(_)) {
        tracer.watched.restore_terminal();
    }
    tracer.look_back();
    Ok((tracer.story, end))
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Fork(error) => Error::System("start the program", error),
        Refused::Ptrace(error) => Error::Machine(format!(
            "the program can't be traced here: ptrace was refused ({}); {}",
            crate::constants::errno(crate::sys::errno_of(&error)),
            evidence::why_no_ptrace()
        )),
    }
}

impl Tracer<'_> {
    /// Waits for stops until the last process has ended.
    fn follow(&mut self, deadline: Option<Instant>) -> Result<End, Error> {
        let mut doing = None;
        let mut waiting = Waiting::on(self.first);
        loop {
            let only = self.threads.keys().next().filter(|_| self.threads.len() == 1).copied();
            if only.is_none() && self.threads.is_empty() && self.early.is_empty() {
                // It is a child of ours, and the wait shall find that there is none left.
                self.watched.dismiss();
            }
            let waited = waiting.wait(only).map_err(Error::context("wait for the program"))?;
            match waited {
                Waited::Stop(Stop::Ended(pid, _)) if self.watched.was(pid) => self.watchdog_lost(),
                Waited::Stop(stop) => self.stop(stop)?,
                Waited::Interrupted | Waited::Nothing => {}
                Waited::Nobody => break,
            }
            // Also where one stop follows the other and no wait is ever cut short.
            if signal_forwarding::ticked() {
                self.tick();
                waiting.tick(self.last);
                if doing.is_some() {
                    self.end_everybody();
                } else if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    doing = Some(self.cut_off());
                }
            }
        }
        waiting.stand_back();
        match (doing, self.cut(), self.end.take()) {
            (Some(doing), ..) => Ok(End::TimedOut(doing)),
            (None, Some(cut), _) => Ok(cut),
            (None, None, Some(end)) => Ok(end),
            (None, None, None) => Err(Error::Machine("the program's first process was lost".into())),
        }
    }

    /// What is done ten times a second.
    fn tick(&mut self) {
        self.audience.pause();
        self.take_turn();
        self.adopt();
    }

    /// The processes that run.
    fn alive(&self) -> impl Iterator<Item = i32> {
        self.story.processes.iter().filter(|process| process.ended.is_none()).map(|process| process.pid)
    }

    /// The time is up: says what everybody was doing, and ends it.
    fn cut_off(&mut self) -> Vec<AtTimeout> {
        let alive = self.story.processes.iter().filter(|process| process.ended.is_none());
        let mut doing: Vec<AtTimeout> = alive.clone().take(MAX_WAITS_TOLD).map(proc_state::of).collect();
        let more = alive.count() - doing.len();
        doing.extend((more > 0).then_some(AtTimeout::More(more)));
        self.end_everybody();
        // Whoever was killed already was doing nothing any more.
        match self.watched.cut() {
            Some(Why::Deadline) => vec![AtTimeout::LabStopped],
            _ => doing,
        }
    }

    /// Kills every process of the program; a child that is just being born is killed at the next tick.
    fn end_everybody(&self) {
        self.alive().for_each(|pid| process::send(pid, libc::SIGKILL));
    }

    /// Goes on to whatever stops next.
    fn go(&self, stopped: Stopped, signal: i32) {
        if self.filtered { stopped.resume(signal) } else { stopped.resume_to_call(signal) }
    }

    /// What becomes of one more call of this shape.
    fn keeps(&mut self, calls: repetition::CallShape, shape: u64) -> Telling {
        self.shapes.one_more(calls, shape)
    }

    /// A call that nobody is told of.
    fn count(&mut self, kept: Telling) {
        self.story.repeated += 1;
        self.story.unlike += u64::from(kept == Telling::Unlike);
    }

    /// An event with who and nothing else.
    pub(super) fn event(&self, tid: i32, pid: i32, traced: TracedCall, outcome: Outcome) -> Event {
        Event {
            role: self.story.role(pid),
            pid,
            function: traced.name(),
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
            seen: Some(Seen { traced: Some(traced), thread: (tid != pid).then_some(tid), ..Seen::default() }),
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

    /// Tells of an event, and adds it to the story if it is to be remembered; its number.
    fn tell(&mut self, mut event: Event, kept: Telling) -> usize {
        let number = self.story.next;
        self.story.next += 1;
        let at = self.started.elapsed().as_micros() as u64;
        if let Some(seen) = &mut event.seen {
            (seen.number, seen.at) = (number, at);
        }
        self.audience.event(&self.story, &event);
        if kept == Telling::Remembered {
            if let Some(place) = event.seen().traced.and_then(causes::place_of)
                && let Some(private) = self.private.get_mut(&event.pid)
            {
                private.shm_calls[place] = Some((number, matches!(event.outcome, Outcome::Failed(_))));
            }
            self.story.events.push(event);
        }
        number
    }

    /// What the child said about its preparations; a failed exec is the end.
    fn prepared(&mut self) -> Result<(), Error> {
        let Some(launched) = self.launched.take() else { return Ok(()) };
        match launched.report() {
            LaunchReport::Filtered => Ok(()),
            LaunchReport::Unfiltered(errno) => {
                self.filtered = false;
                self.story.cannot_see(Unseen::NoFilter { errno });
                Ok(())
            }
            LaunchReport::Failed(errno) => {
                Err(Error::System("run the program", std::io::Error::from_raw_os_error(errno)))
            }
            LaunchReport::Silent => Ok(()),
        }
    }

    /// Its status is the program's own.
    fn ended(&mut self, ended: Ended) {
        self.end = Some(match ended {
            Ended::Exited(status) => End::Exited(status),
            Ended::Killed(signal) => End::Killed(signal),
            Ended::Unknown => End::Exited(1),
        });
    }
}
