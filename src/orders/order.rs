//! One order: the programs from their beginning, each held at each of its calls, and a scheduler that is asked who goes
//! on. Between two calls exactly one process runs, but for those that it wakes. When the order has ended nothing of the
//! programs is left.

use std::collections::HashMap;
use std::io;
use std::time::{Duration, Instant};

use super::Scene;
use super::actor::{Actor, Before, State};
use super::clocks::Ordered;
use super::explore::{Explorer, Next};
use super::kernel::{self, Kernel};
use super::step::{Call, Cut, Played, Step, Streams};
use crate::error::Error;
use crate::sys::held_launch::{self, HeldLaunch};
use crate::sys::ptrace::Stopped;
use crate::sys::seccomp::orders::Stops;
use crate::sys::settings;
use crate::trace::{Sources, Story, Witness};

/// The most that one order may be: processes and threads, steps, bytes printed by each, and time.
const MAX_ACTORS: usize = 64;
const MAX_STEPS: usize = 1000;
pub const MAX_PRINTED: usize = 64 * 1024;
const MAX_TIME: Duration = Duration::from_secs(20);
/// How much longer than until the deadline an order may last that does not come to a choice.
const LATE: Duration = Duration::from_secs(1);
/// How often a process may look in vain, or compute for a moment, while no other can go on.
const MAX_ALONE: usize = 100;

/// An order that has come to its end.
pub struct Ended {
    pub played: Played,
    /// How many orders are equal to it, itself included, if they can be counted.
    pub equal: Option<u128>,
    /// What its witness has seen, if it had one, and who finds lines.
    pub seen: Option<(Story, Sources)>,
}

/// What came of an attempt.
pub enum Outcome {
    Ended(Box<Ended>),
    /// The time for all orders is up.
    OutOfTime,
    /// It would have been equal to one that was played.
    Equal,
    /// The same choices did not lead to the same calls.
    Diverged,
}

/// An order under way.
pub struct Order<'a> {
    pub(super) scene: Scene<'a>,
    pub(super) stops: Stops,
    pub(super) actors: Vec<Actor>,
    pub(super) kernel: Kernel,
    pub(super) steps: Vec<Step>,
    /// New tracees that stopped before their parent's stop told of them.
    pub(super) early: HashMap<i32, Stopped>,
    pub(super) cut: Option<Cut>,
    pub(super) witness: Option<Witness>,
    /// Whether it is asked for the line of each call.
    pub(super) lines: bool,
    /// What each program and its children have written.
    pub(super) streams: Vec<Streams>,
    /// How often the call was made of which one is to fail, and whether it has failed.
    pub(super) struck: u32,
    pub(super) refused: bool,
    /// When this order is cut.
    until: Instant,
}

impl<'a> Order<'a> {
    pub fn new(scene: Scene<'a>, stops: Stops) -> Order<'a> {
        Order {
            scene,
            stops,
            actors: Vec::new(),
            kernel: Kernel::default(),
            steps: Vec::new(),
            early: HashMap::new(),
            cut: None,
            witness: None,
            lines: false,
            streams: vec![Streams::default(); scene.programs.len()],
            struck: 0,
            refused: false,
            until: (Instant::now() + MAX_TIME).min(scene.deadline + LATE),
        }
    }

    /// The same with a witness, who sees what a tracer would see, and finds the `lines` of calls if these are wanted.
    #[must_use]
    pub fn before(self, witness: Witness, lines: bool) -> Order<'a> {
        Order { witness: Some(witness), lines, ..self }
    }

    /// Plays it with this explorer's choices.
    ///
    /// # Errors
    /// The programs can't be started or traced; a signal ends lab.
    pub fn play(mut self, explorer: &mut Explorer) -> Result<Outcome, Error> {
        explorer.begin();
        let left = self.start().and_then(|()| self.choices(explorer));
        let blocked = self.blocked();
        self.end_all();
        let left = left?;
        let clocks = explorer.learn(&blocked);
        Ok(left.unwrap_or_else(|| {
            let equal = clocks.equal_orders(explorer.steps());
            let seen = self.witness.take().map(Witness::tell);
            Outcome::Ended(Box::new(Ended { played: self.ended(), equal, seen }))
        }))
    }

    /// Lets all of them run as they like, and waits for their end. It fails as [`Order::play`] does.
    pub fn run_freely(mut self) -> Result<Played, Error> {
        let ran = self.start().and_then(|()| self.freely());
        self.end_all();
        ran.map(|()| self.ended())
    }

    fn start(&mut self) -> Result<(), Error> {
        let mut waiting = Vec::new();
        for (place, program) in self.scene.programs.iter().enumerate() {
            let failed = Error::context("open a program's input");
            let input = held_launch::again(&program.input).map_err(failed)?;
            let what = HeldLaunch {
                path: &program.path,
                args: &program.args,
                folder: self.scene.folder,
                input: &input,
                stops: self.stops,
                witnessed: self.witness.is_some(),
                jail: self.scene.jail.map(|jail| (&jail.limits, jail.walls)),
            };
            let held = held_launch::start(&what).map_err(|error| refused(&error))?;
            let mut actor = Actor::new(held.pid, (held.pid, place), program.role.clone());
            actor.input = Some(input);
            self.actors.push(actor);
            waiting.push(held);
        }
        waiting.into_iter().for_each(held_launch::Waiting::exec);
        self.settle()?;
        // One after the other, whichever was started first, so that the story of an order is the same each time.
        if let Some(witness) = &mut self.witness {
            let held = self.actors.iter().filter(|actor| matches!(actor.state, State::Held(_, Before::Code)));
            held.for_each(|actor| witness.enters(actor.process, &actor.role));
        }
        Ok(())
    }

    /// Until the order has come to its end, or is left, and why.
    fn choices(&mut self, explorer: &mut Explorer) -> Result<Option<Outcome>, Error> {
        loop {
            if self.quiet_ends(explorer)? {
                continue;
            }
            let known = self.steps.len();
            self.see_who_was_woken()?;
            self.woken_finish(known, explorer);
            if Instant::now() >= self.scene.deadline {
                return Ok(Some(Outcome::OutOfTime));
            }
            if self.limit() || self.actors.iter().all(Actor::is_gone) {
                return Ok(None);
            }
            let mut enabled = self.those(Actor::may_go);
            if enabled.is_empty() {
                enabled = self.those(|actor| actor.may_go_in_vain() && actor.alone < MAX_ALONE);
                enabled.iter().for_each(|actor| self.actors[*actor].alone += 1);
            }
            if enabled.is_empty() {
                if self.one_wakes_in_time()? {
                    self.woken_finish(known, explorer);
                    continue;
                }
                self.cut = Some(Cut::Deadlock);
                return Ok(None);
            }
            match explorer.choose(&enabled) {
                Next::Goes(actor) => self.step(actor, true, explorer)?,
                Next::Equal => return Ok(Some(Outcome::Equal)),
                Next::Diverged => return Ok(Some(Outcome::Diverged)),
            }
        }
    }

    fn those(&self, can: impl Fn(&Actor) -> bool) -> Vec<usize> {
        (0..self.actors.len()).filter(|actor| can(&self.actors[*actor])).collect()
    }

    /// Whether it has become more than one order may be.
    pub(super) fn limit(&mut self) -> bool {
        if self.actors.len() > MAX_ACTORS {
            self.cut = Some(Cut::Processes);
        } else if self.steps.len() > MAX_STEPS {
            self.cut = Some(Cut::Steps);
        } else if self.actors.iter().any(|actor| actor.printed.len() >= MAX_PRINTED) {
            self.cut = Some(Cut::Output);
        } else if Instant::now() >= self.until {
            self.cut = Some(Cut::Time);
        }
        self.cut.is_some()
    }

    /// Lets those end whose end touches nothing that another process could see; whether there was one.
    fn quiet_ends(&mut self, explorer: &mut Explorer) -> Result<bool, Error> {
        let quiet = |actor: &Actor| {
            matches!(actor.state, State::Held(_, Before::End))
                && !self.has_threads(actor.process)
                && self.kernel.end_touches(actor.process).is_empty()
        };
        let Some(actor) = self.actors.iter().position(quiet) else { return Ok(false) };
        self.step(actor, false, explorer)?;
        Ok(true)
    }

    pub(super) fn has_threads(&self, process: i32) -> bool {
        self.actors.iter().filter(|actor| actor.process == process && !actor.is_gone()).count() > 1
    }

    /// What those who can't go on wanted to do.
    fn blocked(&self) -> Vec<Ordered> {
        let wants = |(actor, who): (usize, &Actor)| match (&who.state, &who.pending) {
            (State::Held(_, Before::Call(..)), Call::Semop { id, operations }) => Some(Ordered {
                actor,
                footprint: kernel::semop(*id, operations),
                counted: true,
                after: who.after.clone(),
                with: None,
            }),
            _ => None,
        };
        self.actors.iter().enumerate().filter_map(wants).collect()
    }
}

/// Why nothing can be started here.
fn refused(error: &io::Error) -> Error {
    if error.raw_os_error() == Some(libc::EPERM) {
        return Error::Machine(format!(
            "the programs can't be held here: ptrace was refused; {}",
            settings::why_no_ptrace()
        ));
    }
    Error::System("start a program", io::Error::from_raw_os_error(crate::sys::errno_of(error)))
}
