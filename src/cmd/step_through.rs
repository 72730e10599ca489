//! `lab step-through`: chooses the ground, sets the stage and lets the lesson play.

use std::time::Duration;

use super::{banks, clean, library, tasks};
use crate::cli::{QuizArgs, ReportOption, RunOptions, StepThroughArgs};
use crate::error::Error;
use crate::lesson::Lesson;
use crate::output::line::{Line, labelled};
use crate::output::screen::Screen;
use crate::progress::{self, Progress};
use crate::runner::{Stage, ground};
use crate::session::{self, Announced, Following, Keyboard, Onward, Output, PauseMode, PlayOptions, Player};
use crate::sys::terminal::{self, Modes};
use crate::sys::{process, signals};

/// Questions on a lesson that was just played, and those that are due before the next one.
const QUESTIONS_ON_IT: u16 = 3;
const QUESTIONS_DUE: u16 = 2;

/// Plays a lesson, and what the student goes on to after it.
pub fn run(mut args: StepThroughArgs) -> Result<(), Error> {
    loop {
        let lesson = library::find(args.lesson.as_deref(), args.lessons.as_deref())?;
        let following = following(&args.run, &lesson)?;
        let mut onward = play(&args.run, &lesson, false, following.clone())?;
        let mut left = following.clone();
        while matches!(onward, Onward::Questions | Onward::Task) {
            if onward == Onward::Task {
                super::task::start(&left.tasks.remove(0), None, &args.run.looks)?;
            } else {
                let (about, count) = (Some(lesson.name.clone()), Some(QUESTIONS_ON_IT));
                super::quiz::run(&QuizArgs { lesson: about, count, ..quiz(&args.run) })?;
                left.questions = false;
            }
            let modes = if args.run.pauses.line { None } else { Modes::read() };
            let mut keyboard = Keyboard::new(pause(&args.run, modes));
            let output = Output::Person(args.run.looks.screen());
            onward = session::offer(&output, &mut keyboard, &left)?;
        }
        let (Onward::Lesson, Some((next, _))) = (onward, following.lesson) else { return Ok(()) };
        ask_what_is_due(&args.run)?;
        // A report is of the lesson that was asked for.
        let report = ReportOption::default();
        args.lesson = Some(next);
        args.run = RunOptions { from: None, message: None, report, ..args.run };
    }
}

/// A quiz that looks as the lesson does.
fn quiz(args: &RunOptions) -> QuizArgs {
    QuizArgs { line: args.pauses.line, looks: args.looks.clone(), ..QuizArgs::default() }
}

/// Before the next lesson, a few questions that are due.
fn ask_what_is_due(args: &RunOptions) -> Result<(), Error> {
    // What can't be read is reported when the next lesson reads it.
    let due = Progress::read().map_or(0, |progress| progress.due(progress::now()).len());
    let Ok(count @ 1..) = u16::try_from(due.min(QUESTIONS_DUE.into())) else { return Ok(()) };
    let what = "first a look back, because you learn most by remembering; s skips a question, q goes on to the lesson";
    args.looks.screen().show(&[Line::Blank, labelled("DUE", what)])?;
    super::quiz::run(&QuizArgs { due: true, count: Some(count), ..quiz(args) })
}

/// What can follow a lesson of lab's own.
fn following(args: &RunOptions, lesson: &Lesson) -> Result<Following, Error> {
    if lesson.outside || args.json {
        return Ok(Following::default());
    }
    let next = library::next_after(&lesson.key, lesson.part);
    let questions = banks::any_sends_back_to(&lesson.name)?;
    let tasks = tasks::after(&lesson.name);
    Ok(Following { lesson: next.map(|next| (next.name, next.title)), questions, tasks })
}

/// Plays this lesson, in a room as a demonstration or for one student; what the student goes on with.
pub fn play(args: &RunOptions, lesson: &Lesson, demo: bool, following: Following) -> Result<Onward, Error> {
    let mut wanted = wanted(args, lesson, demo)?;
    wanted.following = following;
    let interactive = !args.pauses.no_pause && !args.json && terminal::interactive();
    signals::take_over(interactive || args.pauses.line);
    let mut warnings = clean::silently();
    let pauses = interactive || args.pauses.line || args.pauses.auto.is_some();
    wanted.counts = !demo && pauses;
    let screen = args.looks.screen();
    let modes = if interactive && !args.pauses.line { Modes::read() } else { None };
    if wanted.counts {
        match Progress::read() {
            Ok(progress) => offer_to_resume(args, lesson, &progress, (&screen, modes.clone()), &mut wanted)?,
            Err(unread) => {
                wanted.counts = unread.is_begun_anew();
                clean::add(&mut warnings, unread.words());
            }
        }
    }
    let (ground, limits_hold) = ground::choose(args.host, &lesson.script, &lesson.name, lesson.outside)?;
    if demo && pauses {
        match Announced::begin(&lesson.name) {
            Ok(announced) => wanted.announced = Some(announced),
            Err(why) => clean::add(&mut warnings, why),
        }
    }
    let mut stage = Stage::set(ground, &lesson.script, limits_hold, modes.clone())?;
    if lesson.outside {
        warnings.extend(library::fewer_walls());
    }
    stage.warnings.append(&mut warnings);
    let keyboard = Keyboard::new(pause(args, modes));
    let output = if args.json { Output::Tool } else { Output::Person(screen) };
    Player::new(lesson, stage, output, keyboard, wanted).perform()
}

/// What the command line asks of this run, if the lesson has the step and the message fits.
pub(super) fn wanted(args: &RunOptions, lesson: &Lesson, demo: bool) -> Result<PlayOptions, Error> {
    let number = usize::from(args.from.unwrap_or(1));
    let steps = session::numbered(lesson, demo);
    let Some(from) = steps.get(number - 1).map(|at| if number == 1 { 0 } else { *at }) else {
        let (what, steps) = (if demo { "demonstration" } else { "lesson" }, steps.len());
        return Err(Error::Usage(format!("there is no step `{number}`: this {what} has steps 1 to {steps}")));
    };
    if let Some(message) = &args.message {
        match &lesson.input {
            None => {
                return Err(Error::Usage("this lesson asks for no message: leave `--message` out".into()));
            }
            Some(input) => input.accepts(message.as_bytes()).map_err(Error::Usage)?,
        }
    }
    let report = args.report.file()?;
    // Whatever is made here is for its owner alone, except where a lesson is about modes.
    let umask = process::set_umask(0o077);
    let (message, following) = (args.message.clone(), Following::default());
    Ok(PlayOptions { message, from, umask, counts: false, following, demo, report, announced: None })
}

/// Offers, once, to go on where the last run of this lesson stopped.
fn offer_to_resume(
    args: &RunOptions,
    lesson: &Lesson,
    progress: &Progress,
    (screen, modes): (&Screen, Option<Modes>),
    wanted: &mut PlayOptions,
) -> Result<(), Error> {
    let Some(done) = progress.lessons.get(&lesson.key) else { return Ok(()) };
    let (steps, all) = (done.steps, lesson.len());
    if args.from.is_some() || args.pauses.auto.is_some() || done.offered || steps == 0 || steps >= all {
        return Ok(());
    }
    let question = format!("You stopped at step {steps} of {all}. Continue at step {}?", steps + 1);
    if session::confirm(screen, modes, &question, true)? {
        wanted.from = steps;
    } else {
        // An error is not reported here: keeping the next step's progress meets and reports the same.
        let _ = Progress::change(&lesson.key, |done| done.offered = true);
    }
    Ok(())
}

/// How a run pauses, with the terminal's mode where there is one.
pub(super) fn pause(args: &RunOptions, modes: Option<Modes>) -> PauseMode {
    match (args.pauses.auto, modes) {
        (Some(time), modes) => PauseMode::Auto(time.max(Duration::from_millis(1)), modes),
        (None, Some(modes)) => PauseMode::Keys(modes),
        (None, None) if args.pauses.line => PauseMode::Lines,
        (None, None) => PauseMode::None,
    }
}
