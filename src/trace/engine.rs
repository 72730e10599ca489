//! The engine: it waits for stops, hands each to whoever knows what it means, and lets the thread go on. It and the
//! files beside it (stops, calls, exits, escapes) alone hold stopped threads; what has happened they tell the story,
//! which is a model and touches nothing. An event is reported before what the program prints next.

use std::collections::HashMap;
use std::time::Instant;

use super::call::{Pending, rows_of};
use super::escapes::Between;
use super::failing::CountedFailing;
use super::ftok::FileQueries;
use super::mapped::Mappings;
use super::repetition::{CallShape, Shapes, Telling};
use super::source::Sources;
use super::story::{LastLook, Note, Unseen};
use super::wait::Waiting;
use super::watched::TraceWatchdog;
use super::{AtTimeout, Audience, End, Plan, Story, causes};
use crate::error::Error;
use crate::facts::event::{Event, Seen, Segment};
use crate::facts::meaning::ObjectKind;
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;
use crate::sys::launch::{LaunchReport, Launched};
use crate::sys::ptrace::{Stop, Stopped, Waited};
use crate::sys::untraced_clone::Taken;
use crate::sys::{evidence, signal_forwarding};

/// Programs that run another one whose lines are not theirs: interpreters, and valgrind.
const NOT_COMPILED: &[&str] = &["python", "perl", "ruby", "php", "node", "java", "valgrind", "memcheck"];

/// The engine at work.
pub struct Engine<'a> {
    audience: Option<&'a mut dyn Audience>,
    pub(super) story: Story,
    pub(super) threads: HashMap<i32, Thread>,
    pub(super) private: HashMap<i32, Private>,
    /// New tracees that stopped before their parent's stop told of them, and how many ticks ago.
    pub(super) early: HashMap<i32, (Stopped, usize)>,
    /// New tracees in which a flag of their parent's call has to be put back.
    pub(super) owed: HashMap<i32, Taken>,
    pub(super) sources: Sources,
    pub(super) mapped: Mappings,
    /// How often each shape of call was seen.
    shapes: Shapes,
    /// The first process.
    pub(super) first: i32,
    pub(super) launched: Option<Launched>,
    /// Whether only watched calls stop.
    pub(super) filtered: bool,
    pub(super) started: Instant,
    /// The thread that made a watched call last.
    pub(super) last: i32,
    pub(super) watched: TraceWatchdog,
    /// The call that is made to fail, if one is.
    pub(super) failing: Option<CountedFailing>,
}

/// A thread of the program.
#[derive(Debug)]
pub struct Thread {
    pub process: i32,
    /// The watched call it is in.
    pub pending: Option<Pending>,
    /// A call that is watched for what it hides, if it is in one.
    pub between: Option<Between>,
}

impl Thread {
    /// A thread of this process, in no call.
    pub fn of(process: i32) -> Thread {
        Thread { process, pending: None, between: None }
    }
}

/// What is known of a process that runs besides its story. It goes with it.
#[derive(Debug, Default)]
pub struct Private {
    pub looks: FileQueries,
    /// How many it has made.
    pub looked: usize,
    /// Its IPC namespace has been looked at.
    pub checked: bool,
    /// The last shmget and the last shmat that are remembered, its own or its parent's before it: the number, and
    /// whether it failed.
    pub shm_calls: [Option<(usize, bool)>; 2],
    /// What was read of its segments just before it ended.
    pub last: Vec<LastLook>,
    /// Their rows at that time.
    pub rows: Vec<Segment>,
}

impl<'a> Engine<'a> {
    /// For a program that is about to run.
    pub fn new(
        plan: &Plan,
        launched: Launched,
        watched: TraceWatchdog,
        audience: Option<&'a mut dyn Audience>,
    ) -> Engine<'a> {
        let first = launched.pid;
        let sources = Sources::new(std::env::current_dir().unwrap_or_default());
        let mut engine = Engine {
            shapes: Shapes::new(plan.all),
            first,
            launched: Some(launched),
            last: first,
            failing: plan.failing.clone().map(CountedFailing::new),
            ..Engine::without_a_program(sources, watched, audience)
        };
        engine.enters(first, &plan.role);
        engine
    }

    /// One that has no program yet.
    pub fn without_a_program(
        sources: Sources,
        watched: TraceWatchdog,
        audience: Option<&'a mut dyn Audience>,
    ) -> Engine<'a> {
        Engine {
            audience,
            story: Story::default(),
            threads: HashMap::new(),
            private: HashMap::new(),
            early: HashMap::new(),
            owed: HashMap::new(),
            sources,
            mapped: Mappings::new(),
            shapes: Shapes::new(false),
            first: 0,
            launched: None,
            filtered: true,
            started: Instant::now(),
            last: 0,
            watched,
            failing: None,
        }
    }

    /// A program's first process is there.
    pub(super) fn enters(&mut self, pid: i32, role: &str) {
        self.threads.insert(pid, Thread::of(pid));
        self.private.insert(pid, Private::default());
        self.story.enter(pid, role);
    }

    /// Waits for stops until the last process has ended; how the first one ended, and what was seen.
    pub fn follow(mut self, deadline: Option<Instant>) -> Result<(Story, End), Error> {
        let since = evidence::earliest_ctime();
        let mut doing = None;
        let mut waiting = Waiting::on(self.first);
        loop {
            let only = self.threads.keys().next().filter(|_| self.threads.len() == 1).copied();
            if self.threads.is_empty() && self.early.is_empty() {
                // It is a child of ours, and the wait shall find that there is none left.
                self.watched.dismiss();
            }
            match waiting.wait(only).map_err(Error::context("wait for the program"))? {
                Waited::Stop(Stop::Ended(pid, _)) if self.watched.was(pid) => {
                    self.story.unseen.push(self.watched.lost());
                }
                Waited::Stop(stop) => self.stop(stop)?,
                Waited::Interrupted | Waited::Nothing => {}
                Waited::Nobody => break,
            }
            // Also where one stop follows the other and no wait is ever cut short.
            if signal_forwarding::ticked() {
                self.tick();
                waiting.tick(self.last);
                if doing.is_some() {
                    self.end_all();
                } else if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    doing = Some(self.cut_off()?);
                }
            }
        }
        waiting.stand_back();
        let end = self.end(doing)?;
        if !matches!(end, End::Exited(_)) {
            self.watched.restore_terminal();
        }
        self.look_back(since);
        self.story.refused = self.failing.as_ref().is_some_and(|failing| failing.done);
        let callers = self.story.events.iter().filter(|event| {
            let has_a_line = event.is_one_of(&TracedCall::SHARED_MEMORY);
            let program = self.story.program(event.pid).unwrap_or_default();
            let name = program.rsplit('/').next().unwrap_or_default();
            has_a_line && !NOT_COMPILED.iter().any(|known| name.contains(known))
        });
        if self.sources.had_none() && callers.count() > 0 {
            self.story.note(Note::NoDebugInformation);
        }
        Ok((self.story, end))
    }

    /// How the program ended: its status is its first process's, unless it was ended. `doing`: what everybody was doing
    /// when the time was up.
    fn end(&mut self, doing: Option<Vec<AtTimeout>>) -> Result<End, Error> {
        let cut = self.watched.end(&mut self.story.unseen);
        let ended = self.story.processes.first().and_then(|first| first.ended.as_ref());
        match (doing, cut, ended) {
            (Some(doing), ..) => Ok(End::TimedOut(doing)),
            (None, Some(cut), _) => Ok(cut),
            (None, None, Some(Outcome::Exited(status))) => Ok(End::Exited(*status)),
            (None, None, Some(Outcome::Died { signal, .. })) => Ok(End::Killed(*signal)),
            (None, None, Some(_)) => Ok(End::Exited(1)),
            (None, None, None) => Err(Error::Machine("the program's first process was lost".into())),
        }
    }

    /// What is done ten times a second.
    fn tick(&mut self) {
        self.audience.iter_mut().for_each(|audience| audience.pause());
        // What its first process has left running is all there is of the program when that is gone.
        let alive = self.story.alive().map(|process| process.pid);
        let (first, others): (Vec<i32>, Vec<i32>) = alive.partition(|pid| *pid == self.first);
        self.watched.turn(if first.is_empty() { &others } else { &first });
        self.adopt();
    }

    /// Goes on to whatever stops next.
    pub(super) fn go(&self, stopped: Stopped, signal: i32) {
        if self.filtered { stopped.resume(signal) } else { stopped.resume_to_call(signal) }
    }

    /// What becomes of one more call of this shape.
    pub(super) fn keeps(&mut self, calls: CallShape, shape: u64) -> Telling {
        self.shapes.one_more(calls, shape)
    }

    /// A call that is counted and not reported.
    pub(super) fn count(&mut self, kept: Telling) {
        self.story.repeated += 1;
        self.story.unlike += u64::from(kept == Telling::Unlike);
    }

    /// An event with who made which call, and nothing else.
    pub(super) fn event(
        &self,
        (tid, pid): (i32, i32),
        traced: TracedCall,
        outcome: Outcome,
        call: String,
    ) -> Event {
        let seen =
            Some(Seen { traced: Some(traced), thread: (tid != pid).then_some(tid), ..Seen::default() });
        let event = Event::new(self.story.role(pid), pid, traced.name(), outcome);
        Event { code: call.clone(), call, seen, ..event }
    }

    /// Tells of an event, and adds it to the story if it is to be remembered; its number.
    pub(super) fn tell(&mut self, mut event: Event, kept: Telling) -> usize {
        let number = self.story.next;
        self.story.next += 1;
        let seen = event.seen_mut();
        (seen.number, seen.at) = (number, self.started.elapsed().as_micros() as u64);
        self.audience.iter_mut().for_each(|audience| audience.event(&self.story, &event));
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
    pub(super) fn prepared(&mut self) -> Result<(), Error> {
        let Some(launched) = self.launched.take() else { return Ok(()) };
        match launched.report() {
            LaunchReport::Filtered | LaunchReport::Silent => Ok(()),
            LaunchReport::Unfiltered(errno) => {
                self.filtered = false;
                self.story.cannot_see(Unseen::NoFilter { errno });
                Ok(())
            }
            LaunchReport::Failed(errno) => {
                Err(Error::System("run the program", std::io::Error::from_raw_os_error(errno)))
            }
        }
    }

    /// After the last process: which of the segments are still there, and what that says of what was seen. `since`:
    /// when the program was started, in seconds since 1970.
    pub(super) fn look_back(&mut self, since: i64) {
        match evidence::segments() {
            None => self.story.cannot_see(Unseen::LeftBehind),
            Some((rows, _)) if !self.story.elsewhere => self.story.remains(&rows, since),
            Some(_) => {}
        }
        for kind in [ObjectKind::Set, ObjectKind::Queue] {
            let rows = rows_of(kind).into_iter().map(|row| (row.id, row.key)).collect();
            self.story.objects_remain(kind, &rows);
        }
        causes::reconsider(&mut self.story);
    }
}
