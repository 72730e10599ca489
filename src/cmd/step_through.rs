//! `lab step-through`: chooses the ground, sets the stage and lets the lesson play.

use std::io;
use std::time::Duration;

use super::{clean, library};
use crate::cli::StepThroughArgs;
use crate::constants;
use crate::error::{self, Error};
use crate::lesson::Lesson;
use crate::output::screen::Screen;
use crate::progress::Progress;
use crate::runner::{Ground, Stage};
use crate::session::{self, Keyboard, Output, PauseMode, PlayOptions, Player};
use crate::sys::namespace::{self, Probe, Way};
use crate::sys::terminal::{self, Modes};
use crate::sys::{evidence, process, signals};

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
    let (ground, limits_hold) = choose_ground(args.host, lesson)?;
    let modes = if interactive && !args.pauses.line { Modes::read() } else { None };
    let mut stage = Stage::set(ground, lesson, limits_hold, modes.clone())?;
    if lesson.outside {
        warnings.extend(library::fewer_walls());
    }
    stage.warnings.append(&mut warnings);
    let keyboard = Keyboard::new(pause(&args, modes));
    let output = if args.json { Output::Tool } else { Output::Person(screen) };
    Player::new(lesson, stage, output, keyboard, wanted).perform()
}

fn wanted(args: &StepThroughArgs, lesson: &Lesson, demo: bool) -> Result<PlayOptions, Error> {
    let from = usize::from(args.from.unwrap_or(1));
    let steps = lesson.steps.len();
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
    let (message, to_the_end) = (args.message.clone(), args.to_the_end);
    Ok(PlayOptions { message, from: from - 1, umask, counts: false, to_the_end, demo })
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
    let (steps, all) = (done.steps, lesson.steps.len());
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

fn pause(args: &StepThroughArgs, modes: Option<Modes>) -> PauseMode {
    match (args.pauses.auto, modes) {
        (Some(time), modes) => PauseMode::Auto(time.max(Duration::from_millis(1)), modes),
        (None, Some(modes)) => PauseMode::Keys(modes),
        (None, None) if args.pauses.line => PauseMode::Lines,
        (None, None) => PauseMode::None,
    }
}

/// A lesson as a message calls it; a question's proof is one without a name.
fn called(lesson: &Lesson) -> String {
    if lesson.name.is_empty() { "its proof".into() } else { format!("the lesson `{}`", lesson.name) }
}

/// A sandbox if this machine lets us, the host if it does not or if that was asked for; and whether the
/// sandbox has the limits that the lesson wants.
///
/// # Errors
/// No ground for this lesson here, and why.
pub fn choose_ground(host: bool, lesson: &Lesson) -> Result<(Ground, bool), Error> {
    if host && !lesson.host {
        return Err(Error::Usage(format!(
            "the lesson `{}` is for a sandbox only, since it makes keys or limits that others would meet; leave out `--host`",
            lesson.name
        )));
    }
    let fall_back = |call: &str, why: String| match lesson.host {
        true if lesson.outside => Err(Error::Machine(format!(
            "a lesson from a file needs a sandbox, and there is none here: {call} was refused, {why}; if you trust it, `--host` plays it without one"
        ))),
        true => on_host(Some(format!("{call} was refused, {why}"))).map(|ground| (ground, false)),
        false => Err(Error::Machine(format!(
            "{} needs a sandbox, and there is none here: {call} was refused, {why}",
            called(lesson)
        ))),
    };
    if host {
        return on_host(None).map(|ground| (ground, false));
    }
    match sandbox_way()? {
        Ok(way) => match namespace::enter_with(way, &lesson.limits) {
            Ok(limits_hold) => Ok((Ground::Sandbox(way), limits_hold)),
            Err((call, error)) if way == Way::Ipc || call == "unshare" => {
                fall_back(call, error::plain_of(call, &error))
            }
            Err((call, error)) => Err(Error::Machine(format!(
                "the sandbox could be made but not set up: {call}, {}; try `--host`",
                error::plain_of(call, &error)
            ))),
        },
        Err((call, error)) => fall_back(&call, error::plain_of(&call, &error)),
    }
}

/// The way to a sandbox, or the call that was refused and its error.
///
/// # Errors
/// System V shared memory itself is refused here, sandbox or not.
pub fn sandbox_way() -> Result<Result<Way, (String, io::Error)>, Error> {
    match namespace::probe().map_err(Error::context("fork"))? {
        Probe::Works(way) => Ok(Ok(way)),
        Probe::NoNamespace(call, errno) => Ok(Err((call, io::Error::from_raw_os_error(errno)))),
        Probe::NoSharedMemory(call, errno) => Err(Error::Machine(format!(
            "this machine has no System V shared memory for us: {call} returned {}: {}",
            constants::errno(errno),
            constants::meaning(&call, errno)
        ))),
        Probe::Killed(signal) => Err(Error::Machine(format!(
            "a process that only called shmget was killed by {}: a sandbox around lab forbids System V shared memory",
            constants::signal(signal)
        ))),
    }
}

fn on_host(why: Option<String>) -> Result<Ground, Error> {
    if evidence::removes_unattached() {
        // With `--host` it is wrong usage; as a fallback it is a limit of the machine.
        let kind = if why.is_none() { Error::Usage } else { Error::Machine };
        return Err(kind(
            "this machine removes every segment at its last detach (kernel.shm_rmid_forced is 1), so on the host the lesson's segment would not outlive its writer; leave out `--host`, or set it to 0"
                .into(),
        ));
    }
    Ok(Ground::Host(why))
}
