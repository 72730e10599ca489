//! One order: the programs from their beginning, each held at each of its calls, and a scheduler that is asked who goes
//! on. Between two calls exactly one process runs, but for those that it wakes. When the order has ended nothing of the
//! programs is left.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::actor::{Actor, State};
use super::clocks::Ordered;
use super::explore::{Explorer, Next};
use super::footprint::{Access, Object};
use super::kernel::{self, Kernel};
use super::masks::Masks;
use super::step::{Call, Cut, Ending, Fate, Note, Played, Step};
use super::{Program, lines::Lines};
use crate::error::Error;
use crate::sys::evidence;
use crate::sys::held_launch::{self, HeldLaunch};
use crate::sys::ptrace::{self, Stopped};
use crate::sys::seccomp::orders::{OrderedCall, Stops};

/// The most that one order may be: processes and threads, steps, bytes printed by each, and time.
const MAX_ACTORS: usize = 64;
const MAX_STEPS: usize = 1000;
pub const MAX_PRINTED: usize = 64 * 1024;
const MAX_TIME: Duration = Duration::from_secs(20);
/// How often a process may look in vain, or compute for a moment, while nobody else can go on.
const MAX_ALONE: usize = 100;

/// What came of an attempt.
#[derive(Debug)]
pub enum Outcome {
    /// It came to its end; how many orders are equal to it, itself included, if they can be counted.
    Ended(Box<Played>, Option<u128>),
    /// The time for all orders is up.
    OutOfTime,
    /// It would have been equal to one that was played.
    Equal,
    /// The same choices did not lead to the same calls.
    Diverged,
}

/// An order under way.
pub struct Order<'a> {
    programs: &'a [Program],
    folder: PathBuf,
    pub(super) stops: Stops,
    pub(super) actors: Vec<Actor>,
    pub(super) kernel: Kernel,
    pub(super) steps: Vec<Step>,
    /// New tracees that stopped before their parent's stop told of them.
    pub(super) early: HashMap<i32, Stopped>,
    pub(super) cut: Option<Cut>,
    pub(super) lines: Option<&'a mut Lines>,
    /// When this order is cut, and when there is no time for any.
    until: Instant,
    deadline: Instant,
}

/// Why no more choices are made.
enum Enough {
    Ended,
    Equal,
    Diverged,
    OutOfTime,
}

impl<'a> Order<'a> {
    /// For these programs in this folder. `lines`: who finds the line of each call, if that is wanted.
    pub fn new(
        programs: &'a [Program],
        folder: PathBuf,
        stops: Stops,
        lines: Option<&'a mut Lines>,
        deadline: Instant,
    ) -> Order<'a> {
        Order {
            programs,
            folder,
            stops,
            actors: Vec::new(),
            kernel: Kernel::default(),
            steps: Vec::new(),
            early: HashMap::new(),
            cut: None,
            lines,
            until: Instant::now() + MAX_TIME,
            deadline,
        }
    }

    /// Plays it with this explorer's choices.
    ///
    /// # Errors
    /// The programs can't be started or traced; a signal ends lab.
    pub fn play(mut self, explorer: &mut Explorer) -> Result<Outcome, Error> {
        explorer.begin();
        let played = self.start().and_then(|()| self.choices(explorer));
        let blocked = self.blocked();
        self.end_everybody();
        let played = played?;
        let clocks = explorer.learn(&blocked);
        Ok(match played {
            Enough::Ended => {
                let equal = clocks.equal_orders(explorer.steps());
                Outcome::Ended(Box::new(self.ended()), equal)
            }
            Enough::Equal => Outcome::Equal,
            Enough::Diverged => Outcome::Diverged,
            Enough::OutOfTime => Outcome::OutOfTime,
        })
    }

    /// Lets all of them run as they like, and waits for their end.
    ///
    /// # Errors
    /// The programs can't be started or traced; a signal ends lab.
    pub fn run_freely(mut self) -> Result<Played, Error> {
        let ran = self.start().and_then(|()| self.freely());
        self.end_everybody();
        ran.map(|()| self.ended())
    }

    fn start(&mut self) -> Result<(), Error> {
        let mut waiting = Vec::new();
        for program in self.programs {
            let failed = Error::context("open a program's input");
            let input = held_launch::again(&program.input).map_err(failed)?;
            let what = HeldLaunch {
                path: &program.path,
                args: &program.args,
                folder: &self.folder,
                input: &input,
                stops: self.stops,
            };
            let held = held_launch::start(&what).map_err(|error| refused(&error))?;
            let mut actor = Actor::new(held.pid, held.pid, program.role.clone(), State::Starting);
            actor.input = Some(input);
            self.actors.push(actor);
            waiting.push(held);
        }
        waiting.into_iter().for_each(held_launch::Waiting::exec);
        self.settle()
    }

    /// Until the order has come to its end, or is left.
    fn choices(&mut self, explorer: &mut Explorer) -> Result<Enough, Error> {
        loop {
            if self.quiet_ends(explorer)? {
                continue;
            }
            let known = self.steps.len();
            self.see_who_was_woken()?;
            self.woken_finish(known, explorer);
            if Instant::now() >= self.deadline {
                return Ok(Enough::OutOfTime);
            }
            if self.limit() || self.actors.iter().all(Actor::is_gone) {
                return Ok(Enough::Ended);
            }
            let mut enabled = self.those(Actor::may_go);
            if enabled.is_empty() {
                enabled = self.those(|actor| actor.may_go_in_vain() && actor.alone < MAX_ALONE);
                enabled.iter().for_each(|actor| self.actors[*actor].alone += 1);
            }
            if enabled.is_empty() {
                if self.somebody_wakes_in_time()? {
                    self.woken_finish(known, explorer);
                    continue;
                }
                self.cut = Some(Cut::Deadlock);
                return Ok(Enough::Ended);
            }
            match explorer.choose(&enabled) {
                Next::Goes(actor) => self.step(actor, true, explorer)?,
                Next::Equal => return Ok(Enough::Equal),
                Next::Diverged => return Ok(Enough::Diverged),
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
            matches!(actor.state, State::Ending(_))
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

    /// One step: its call, and what follows up to the next.
    fn step(&mut self, actor: usize, chosen: bool, explorer: &mut Explorer) -> Result<(), Error> {
        let number = self.steps.len();
        let who = &mut self.actors[actor];
        let process = who.process;
        let call = match &who.state {
            State::Ending(_) => Call::End,
            State::Spinning(_) => Call::Spin,
            _ => who.pending.clone(),
        };
        let mut step = Step { chosen, after: std::mem::take(&mut who.after), ..Step::new(actor, call) };
        let role = who.role.clone();
        (who.step, who.call, who.computed, who.interrupted) = (Some(number), Some(number), None, false);
        if let Call::Begin | Call::Fork | Call::Sleep | Call::Spin | Call::End | Call::Semop { .. } =
            step.call
        {
            let (touched, notes) = self.kernel.done((process, &role, number), &step.call, &step.answer);
            (step.footprint, step.notes) = (touched, notes);
        }
        let ends = step.call == Call::End;
        self.actors[actor].children_before = self.actors[actor].children;
        if let (Some(lines), Some(stopped)) = (&mut self.lines, self.actors[actor].stopped()) {
            step.line = lines.of(stopped, process, &step.call);
        }
        self.steps.push(step);
        self.actors[actor].left |= ends;
        self.let_go(actor);
        self.settle()?;
        self.finish(actor, number, explorer);
        self.woken_finish(number + 1, explorer);
        Ok(())
    }

    /// Those that were woken have gone on to their next call: what they touched on the way.
    fn woken_finish(&mut self, first: usize, explorer: &mut Explorer) {
        for number in first..self.steps.len() {
            let actor = self.steps[number].actor;
            let touched = self.memory_touched(actor);
            let step = &mut self.steps[number];
            step.footprint = std::mem::take(&mut step.footprint).with(&touched);
            explorer.made(step.ordered(), false);
        }
    }

    /// Lets a held process go on.
    fn let_go(&mut self, actor: usize) {
        let who = &mut self.actors[actor];
        match std::mem::replace(&mut who.state, State::Running) {
            State::New(stopped) | State::Spinning(stopped) | State::Ending(stopped) => stopped.resume(0),
            State::Held(stopped, _, OrderedCall::Sleep) => stopped.skip_call(),
            State::Held(stopped, _, OrderedCall::Yield) => stopped.resume(0),
            State::Held(stopped, info, call) if call.forks() => {
                if call != OrderedCall::Fork {
                    // A child that is kept from its parent's tracer could not be held, nor ended.
                    let _ = stopped.take_untraced(&info, call == OrderedCall::Clone3);
                }
                stopped.resume(0);
            }
            State::Held(stopped, ..) => stopped.resume_to_call(0),
            other => who.state = other,
        }
    }

    /// The step is done: what it touched besides its call, and whether it got its process anywhere.
    fn finish(&mut self, actor: usize, number: usize, explorer: &mut Explorer) {
        let touched = self.memory_touched(actor);
        let step = &mut self.steps[number];
        step.footprint = std::mem::take(&mut step.footprint).with(&touched);
        let moved = !step.only_looks() || touched.iter().any(|(_, access)| *access == Access::Writes);
        let seen = (step.call.clone(), step.answer.clone());
        explorer.made(step.ordered(), step.chosen);
        for (place, other) in self.actors.iter_mut().enumerate() {
            other.others_moved |= place != actor;
        }
        let who = &mut self.actors[actor];
        // What it computes for is not known: a moment more may be all that it needs, but another goes first.
        who.others_moved = false;
        if moved && seen.0 != Call::Spin {
            (who.looks, who.alone) = (0, 0);
            who.seen.clear();
        } else if who.seen.contains(&seen) {
            who.looks += 1;
        } else {
            who.seen.push(seen);
        }
    }

    /// The memory that a process could touch after its call: it may have read all that it has attached, and it has
    /// written where other bytes are.
    fn memory_touched(&mut self, actor: usize) -> Vec<(Object, Access)> {
        let process = self.actors[actor].process;
        let mut touched = Vec::new();
        let attached: Vec<_> =
            if self.actors[actor].left { Vec::new() } else { self.kernel.attachments(process).to_vec() };
        for (address, id, writes) in attached {
            let size = self.kernel.size(id);
            let mut bytes = vec![0; size.min(kernel::MAX_COMPARED) as usize];
            let read = ptrace::read_at_rest(self.actors[actor].tid, address, &mut bytes) as u64;
            let wrote = if read == size { self.kernel.now_holds(id, &bytes) } else { writes };
            touched.push((Object::Memory(id), if wrote { Access::Writes } else { Access::Reads }));
        }
        if self.has_threads(process) {
            let first = self.actors.iter().position(|one| one.process == process).unwrap_or(actor);
            touched.push((Object::Process(first as i32), Access::Writes));
        }
        touched
    }

    /// What those who can't go on wanted to do.
    fn blocked(&self) -> Vec<Ordered> {
        let wants = |(actor, who): (usize, &Actor)| match (&who.state, &who.pending) {
            (State::Held(..), Call::Semop { id, operations }) => Some(Ordered {
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

    /// What came of it. Everybody is gone.
    fn ended(mut self) -> Played {
        let actors: Vec<(i32, &str)> =
            self.actors.iter().map(|actor| (actor.process, actor.role.as_str())).collect();
        let masks = Masks::new(&actors);
        let mut roles: Vec<(String, Vec<u8>, Fate)> = Vec::new();
        for actor in &self.actors {
            let fate = actor.fate.clone().unwrap_or(Fate::Cut);
            roles.push((actor.role.clone(), masks.hide(&actor.printed), fate));
        }
        // Processes that appear by fork appear in another sequence in another order.
        roles[self.programs.len()..].sort();
        for step in &mut self.steps {
            let signal = self.actors[step.actor].signal;
            if let (Call::End, super::step::Answer::Died(died), Some((signal, address))) =
                (&step.call, &step.answer, signal)
                && signal == *died
            {
                step.notes.push(Note::Signal { signal, address });
            }
        }
        let ending = Ending {
            roles,
            segments: evidence::segments().map_or(0, |(rows, _)| rows.len()),
            semaphores: evidence::semaphores().len(),
            cut: self.cut,
        };
        let roles = self.actors.iter().map(|actor| actor.role.clone()).collect();
        let read = |actor: &Actor| actor.input.as_ref().map(held_launch::was_read);
        let read_input = self.actors.iter().filter_map(read).collect();
        Played { steps: self.steps, roles, ending, read_input }
    }
}

/// Why nothing can be started here.
fn refused(error: &io::Error) -> Error {
    if error.raw_os_error() == Some(libc::EPERM) {
        return Error::Machine(format!(
            "the programs can't be held here: ptrace was refused; {}",
            evidence::why_no_ptrace()
        ));
    }
    Error::System("start a program", io::Error::from_raw_os_error(crate::sys::errno_of(error)))
}

impl Order<'_> {
    /// Ends every process of the order and waits until it is gone.
    fn end_everybody(&mut self) {
        for actor in &mut self.actors {
            if actor.fate.is_none() {
                actor.fate = Some(actor.hindrance());
            }
        }
        self.kill_all();
    }
}
