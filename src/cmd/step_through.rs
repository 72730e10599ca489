//! `lab step-through`: chooses the ground, sets the stage and lets the lesson play.

use std::time::Duration;

use super::{clean, library};
use crate::cli::StepThroughArgs;
use crate::error::Error;
use crate::lesson::Lesson;
use crate::output::screen::Screen;
use crate::progress::Progress;
use crate::runner::{Stage, ground};
use crate::session::{self, Keyboard, Output, PauseMode, PlayOptions, Player};
use crate::sys::terminal::{self, Modes};
use crate::sys::{process, signals};

/// Plays a lesson.
pub fn run(args: StepThroughArgs) -> Result<(), Error> {
    let lesson = library::find(args.lesson.as_deref(), args.lessons.as_deref())?;
    play(args, &lesson, false)
}

/// Plays this lesson, in a room as a demonstration or for one student.
pub fn play(args: StepThroughArgs, lesson: &Lesson, demo: bool) -> Result<(), Error> {
    let mut wanted = wanted(&args, lesson, demo)?;
    let interactive = !args.pauses.no_pause && !args.json && terminal::interactive();
    signals::take_over(interactive || args.pauses.line);
    let mut warnings = clean::silently();
    wanted.counts = !demo && (interactive || args.pauses.line || args.pauses.auto.is_some());
    let screen = Screen::new(args.looks.display());
    if wanted.counts {
        match Progress::read() {
            Ok(progress) => offer_to_resume(&args, lesson, &progress, &screen, &mut wanted)?,
            Err(unread) => {
                wanted.counts = unread.is_begun_anew();
                clean::add(&mut warnings, unread.words());
            }
        }
    }
    let (ground, limits_hold) = ground::choose(args.host, &lesson.script, &lesson.name, lesson.outside)?;
    let modes = if interactive && !args.pauses.line { Modes::read() } else { None };
    let mut stage = Stage::set(ground, &lesson.script, limits_hold, modes.clone())?;
    if lesson.outside {
        warnings.extend(library::fewer_walls());
    }
    stage.warnings.append(&mut warnings);
    let keyboard = Keyboard::new(pause(&args, modes));
    let output = if args.json { Output::Tool } else { Output::Person(screen) };
    Player::new(lesson, stage, output, keyboard, wanted).perform()
}

/// What the command line asks of this run.
///
/// # Errors
/// A step that is not there, a message that does not fit.
pub(super) fn wanted(args: &StepThroughArgs, lesson: &Lesson, demo: bool) -> Result<PlayOptions, Error> {
    let from = usize::from(args.from.unwrap_or(1));
    let steps = lesson.len();
    if from > steps {
        return Err(Error::Usage(format!("there is no step `{from}`: this lesson has steps 1 to {steps}")));
    }
    if let Some(message) = &args.message {
        match &lesson.input {
            None => {
                return Err(Error::Usage("this lesson asks for no message: leave `--message` out".into()));
            }
            Some(input) => input.accepts(message.as_bytes()).map_err(Error::Usage)?,
        }
    }
    // Whatever is made here is for its owner alone, except where a lesson is about modes.
    let umask = process::set_umask(0o077);
    Ok(PlayOptions { message: args.message.clone(), from: from - 1, umask, counts: false, demo })
}

/// Offers, once, to go on where the last run of this lesson stopped.
fn offer_to_resume(
    args: &StepThroughArgs,
    lesson: &Lesson,
    progress: &Progress,
    screen: &Screen,
    wanted: &mut PlayOptions,
) -> Result<(), Error> {
    let Some(done) = progress.lessons.get(&lesson.key) else { return Ok(()) };
    let (steps, all) = (done.steps, lesson.len());
    if args.from.is_some() || args.pauses.auto.is_some() || done.offered || steps == 0 || steps >= all {
        return Ok(());
    }
    let next = steps + 1;
    let question = format!(
        "Last time you came as far as step {steps} of {all}. Go on at step {next}? The steps before it are played without a pause."
    );
    if session::confirm(screen, &question, true)? {
        wanted.from = steps;
    } else {
        // An error is not reported here: keeping the next step's progress meets and reports the same.
        let _ = Progress::change(&lesson.key, |done| done.offered = true);
    }
    Ok(())
}

/// How a run pauses, with the terminal's mode where there is one.
pub(super) fn pause(args: &StepThroughArgs, modes: Option<Modes>) -> PauseMode {
    match (args.pauses.auto, modes) {
        (Some(time), modes) => PauseMode::Auto(time.max(Duration::from_millis(1)), modes),
        (None, Some(modes)) => PauseMode::Keys(modes),
        (None, None) if args.pauses.line => PauseMode::Lines,
        (None, None) => PauseMode::None,
    }
}
