//! The process that plays the orders. It enters a sandbox, keeps a scratch folder, and takes a new IPC namespace for
//! each order. The programs may do to it what a program may do to its parent; so it stands apart from lab itself, which
//! waits for its report with a deadline, and what it traces ends with it.

use std::io::PipeWriter;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::explore::Explorer;
use super::order::{Ended, Order, Outcome};
use super::report::{Report, Why};
use super::search::{Reached, Stage, search};
use super::step::Played;
use super::{Plan, Scene, Task, end};
use crate::error::Error;
use crate::runner::work_folder::WorkFolder;
use crate::sys::namespace::{self, Way};
use crate::sys::reporting_child::{ReportingChild, report};
use crate::sys::seccomp::orders::Stops;
use crate::sys::{landlock_scope, process, schedule, signals};
use crate::trace::{Sources, Witness};

/// How much longer than its time the process may take to clean up and report.
const GRACE: Duration = Duration::from_secs(20);
/// How long it may take to play the orders once more that are shown.
const SHOWN_WITHIN: Duration = Duration::from_secs(5);
/// How many orders are shown with lines.
const MAX_SHOWN: usize = 20;
/// How often the report so far is sent.
const EVERY: Duration = Duration::from_millis(500);

/// What travels back.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    Report(Box<Report>),
    /// It can't be done: an exit status and words.
    Failed(u8, String),
}

/// Plays what the plan asks for, in a process of its own. Where a signal ends lab, the report has what was played before.
///
/// # Errors
/// The programs can't be started or held here; a signal has come before anything is played.
pub fn play(plan: &Plan, way: Way) -> Result<Report, Error> {
    Error::if_signalled(signals::check())?;
    let failed = Error::context("start a process that plays the orders");
    let child = ReportingChild::start(|mut out| {
        process::set_name("lab-orders");
        process::no_core_file();
        process::adopt_orphans();
        let message = match Player::new(plan, way, &mut out).and_then(Player::run) {
            Ok(report) => Message::Report(Box::new(report)),
            Err(error) => Message::Failed(error.status(), error.to_string()),
        };
        report(&mut out, &message);
    });
    let latest = signals::after(plan.time + SHOWN_WITHIN + GRACE);
    let (reported, _) = child.and_then(|child| child.wait_until(Some(latest))).map_err(failed)?;
    let report = understood(&reported);
    match (signals::check(), report) {
        (Some(signal), Ok(mut report)) => {
            report.reached.why = Why::Interrupted(signal);
            Ok(report)
        }
        (Some(signal), Err(_)) => Err(Error::Interrupted(signal)),
        (None, report) => report,
    }
}

/// Keeps this process, and the programs that it will start, on one processor. They take turns anyway, and to wake a
/// process on another processor takes longer than what most steps do.
pub fn stay_here() {
    let one = || {
        let here = schedule::processor_of(process::own_pid())?;
        schedule::one_processor(here, &schedule::processors()?)
    };
    one().iter().for_each(schedule::stay_on);
}

/// The last report that came. One before the end says so.
fn understood(mut reported: &[u8]) -> Result<Report, Error> {
    let mut last = Report::default();
    while let Ok((message, rest)) = postcard::take_from_bytes(reported) {
        reported = rest;
        match message {
            Message::Report(report) => last = *report,
            Message::Failed(2, words) => return Err(Error::Usage(words)),
            Message::Failed(_, words) => return Err(Error::Machine(words)),
        }
    }
    Ok(last)
}

struct Player<'a> {
    plan: &'a Plan,
    folder: WorkFolder,
    report: Report,
    out: &'a mut PipeWriter,
    sent: Instant,
    /// How many classes were sent.
    told: usize,
    deadline: Instant,
    /// Who finds the lines of an order that is shown, from one to the next.
    sources: Option<Sources>,
}

impl<'a> Player<'a> {
    fn new(plan: &'a Plan, way: Way, out: &'a mut PipeWriter) -> Result<Player<'a>, Error> {
        namespace::enter(way).map_err(|(call, error)| {
            Error::Machine(format!(
                "there is no sandbox here: {call} was refused, {}",
                crate::error::plain(&error)
            ))
        })?;
        // The guard stands outside of the domain that the programs share with this process.
        let folder = WorkFolder::make(&plan.here)?;
        // A kernel without it is not an error: the programs are the user's own.
        let _ = landlock_scope::enter();
        let report = Report {
            partly: folder.partly,
            read_input: vec![false; plan.programs.len()],
            ..Report::default()
        };
        let now = Instant::now();
        Ok(Player { plan, folder, report, out, sent: now, told: 0, deadline: now + plan.time, sources: None })
    }

    fn run(mut self) -> Result<Report, Error> {
        let begun = Instant::now();
        if !matches!(self.plan.task, Task::Stress { .. }) {
            stay_here();
        }
        let done = match self.plan.task {
            Task::Explore { max: number } | Task::Replay { number } => self.explore(number),
            Task::Stress { runs } => self.stress(runs),
        };
        match done {
            // No reader waits for lines and findings now, but what was played is handed in.
            Err(Error::Interrupted(_)) => {
                self.report.sort();
                return Ok(self.report);
            }
            done => done?,
        }
        self.report.microseconds = begun.elapsed().as_micros() as u64;
        self.report.sort();
        match self.show() {
            Ok(()) | Err(Error::Interrupted(_)) => Ok(self.report),
            Err(error) => Err(error),
        }
    }

    /// A new namespace and a folder as it was, for one more order.
    fn set_up(&mut self) -> Result<Scene<'_>, Error> {
        namespace::enter_another().map_err(Error::context("make an IPC namespace"))?;
        self.folder.refresh()?;
        Ok(Scene {
            programs: &self.plan.programs,
            folder: self.folder.path(),
            jail: None,
            failing: None,
            deadline: self.deadline,
        })
    }

    /// Plays orders until all are played, as many as `max`, or the time is up.
    fn explore(&mut self, max: usize) -> Result<(), Error> {
        let deadline = self.deadline;
        self.report.reached = search(self, max, deadline)?;
        Ok(())
    }

    fn took_input(&mut self, played: &Played) {
        for (known, now) in self.report.read_input.iter_mut().zip(&played.read_input) {
            *known |= now;
        }
    }

    fn stress(&mut self, runs: usize) -> Result<(), Error> {
        for run in 0..runs {
            Error::if_signalled(signals::check())?;
            if Instant::now() >= self.deadline {
                self.report.reached.why = Why::Time;
                return Ok(());
            }
            let played = Order::new(self.set_up()?, Stops::Prints).run_freely()?;
            self.took_input(&played);
            self.report.reached.played = run + 1;
            self.report.stress(played.ending);
        }
        self.report.reached.why = Why::Complete;
        Ok(())
    }

    /// Plays the orders that are shown once more, now with the line of each call and before a witness, whose story tells
    /// the findings. What an end's most mixed order has of findings counts for that end too. An order that comes out
    /// differently stays as it was.
    fn show(&mut self) -> Result<(), Error> {
        self.deadline = Instant::now() + SHOWN_WITHIN;
        if let Some((number, mut played)) = self.report.shown.take() {
            self.once_more(&played.clone())?.into_iter().for_each(|again| played.take(again));
            self.report.shown = Some((number, played));
            return Ok(());
        }
        let shown = self.report.classes.len().min(MAX_SHOWN);
        for place in 0..shown {
            let example = self.report.classes[place].example.clone();
            let again = self.once_more(&example)?;
            let example = &mut self.report.classes[place].example;
            again.into_iter().for_each(|again| example.take(again));
        }
        for place in 0..shown {
            let class = &self.report.classes[place];
            if class.mixed.changes() == class.example.changes() {
                continue;
            }
            let mixed = class.mixed.clone();
            let again = self.once_more(&mixed)?;
            let known = &mut self.report.classes[place].example.findings;
            for finding in again.into_iter().flat_map(|again| again.findings) {
                if !known.iter().any(|other| other.name == finding.name) {
                    known.push(finding);
                }
            }
        }
        Ok(())
    }

    /// One order once more, before a witness; nothing if the time is up or it ends differently. A process that computes
    /// for long may be held at another moment each time: in the end an order that comes close will do.
    fn once_more(&mut self, played: &Played) -> Result<Option<Played>, Error> {
        for along in [Explorer::along(played.choices()), Explorer::loosely_along(played.choices())] {
            let again = self.before_a_witness(along)?;
            let again = again.filter(|again| again.ending == played.ending);
            if again.is_some() || Instant::now() >= self.deadline {
                return Ok(again);
            }
        }
        Ok(None)
    }

    fn before_a_witness(&mut self, mut explorer: Explorer) -> Result<Option<Played>, Error> {
        let sources = self.sources.take().unwrap_or_else(|| Sources::new(self.plan.here.clone()));
        let order = Order::new(self.set_up()?, Stops::Everything);
        let outcome = order.before(Witness::new(sources), true).play(&mut explorer)?;
        let Outcome::Ended(ended) = outcome else { return Ok(None) };
        let Ended { played, seen: Some((story, sources)), .. } = *ended else { return Ok(None) };
        self.sources = Some(sources);
        Ok(Some(Played { findings: end::findings(&story), ..played }))
    }
}

impl Stage for Player<'_> {
    fn play(&mut self, explorer: &mut Explorer) -> Result<Outcome, Error> {
        Order::new(self.set_up()?, Stops::Everything).play(explorer)
    }

    fn ended(&mut self, reached: &Reached, ended: Ended) -> bool {
        let Ended { played, equal, .. } = ended;
        if self.plan.task == (Task::Replay { number: reached.played }) {
            self.report.shown = Some((reached.played, played.clone()));
        }
        self.took_input(&played);
        self.report.add(reached.played, played, equal);
        false
    }

    /// Sends the report so far, so that it is not lost with this process.
    fn reached(&mut self, reached: &Reached) {
        self.report.reached = *reached;
        if self.report.classes.len() > self.told || self.sent.elapsed() >= EVERY {
            (self.sent, self.told) = (Instant::now(), self.report.classes.len());
            let message = Message::Report(Box::new(self.report.clone()));
            report(self.out, &message);
        }
    }
}
