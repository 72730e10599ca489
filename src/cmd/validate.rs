//! `lab validate`: plays every lesson as its readers will, without pauses, each in a process and a sandbox of
//! its own, and reports all that is wrong with it. For authors and for CI; it changes nothing.

pub(super) mod report;
mod tasks;

use std::path::PathBuf;

use report::{Validated, ValidationReport};
use tasks::TaskReport;

use super::banks::{self, BankReport};
use super::library::{self, Source};
use super::tasks as library_of_tasks;
use super::watch;
use crate::cli::ValidateArgs;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::outcome::Value;
use crate::lesson::{Action, Lesson, judge};
use crate::output::line::labelled;
use crate::output::screen::{Screen, complain, complain_of, json_line};
use crate::quiz::decide::decide;
use crate::quiz::draw::Item;
use crate::quiz::proof::Proof;
use crate::runner::isolated::{self, Failure, Play, Played};
use crate::session::machines_no;
use crate::sys::{signals, state_dir};
use crate::text::Safe;

/// Who reads what is wrong with each file.
enum Reader {
    Person(Screen),
    Tool,
}

impl Reader {
    fn warn(&self, warning: String) -> Result<(), Error> {
        match self {
            Reader::Person(screen) => screen.show(&[labelled("WARNING", warning)]),
            // A tool reads standard output line by line.
            Reader::Tool => {
                complain(Safe::line(&warning));
                Ok(())
            }
        }
    }

    fn played(&self, lesson: &Lesson, report: &ValidationReport) -> Result<(), Error> {
        match self {
            Reader::Person(screen) => screen.show(&report.told(lesson)),
            Reader::Tool => json_line(&report.object(&lesson.file)),
        }
    }

    fn proved(&self, report: &TaskReport) -> Result<(), Error> {
        match self {
            Reader::Person(screen) => screen.show(&report.told()),
            Reader::Tool => {
                json_line(&Validated::task(&report.file, &report.mistakes, report.cannot.as_deref()))
            }
        }
    }

    /// A lesson with mistakes that can be read in it; a person reads all of them at the end.
    fn unread(&self, file: &str, found: &[Diagnostic]) -> Result<(), Error> {
        match self {
            Reader::Person(_) => Ok(()),
            Reader::Tool => json_line(&Validated::read(file, found, Vec::new())),
        }
    }

    /// Banks, of which a person has read already what came of each.
    fn asked(&self, banks: &[Source], report: &BankReport) -> Result<(), Error> {
        let Reader::Tool = self else { return Ok(()) };
        banks.iter().try_for_each(|bank| {
            let skipped = report.skipped.iter().filter(|(file, _)| *file == bank.file);
            let skipped = skipped.map(|(_, what)| what.clone()).collect();
            json_line(&Validated::read(&bank.file, &report.diagnostics, skipped))
        })
    }
}

/// Validates files, folders, or what is shipped.
///
/// # Errors
/// [`Error::Lesson`] for mistakes in a file, [`Error::Invalid`] for claims that do not hold, reported already, and
/// [`Error::Machine`] for lessons that can't be played here.
pub fn run(args: &ValidateArgs) -> Result<(), Error> {
    signals::take_over(false);
    if !args.watch {
        return once(args);
    }
    // What is not there, or can't be read, can't be waited for: it may be a slip of the pen.
    sources(&lessons_and_tasks(&args.paths).1)?;
    let screen = args.looks.screen();
    // Of a task every file counts.
    let whole = |path: &PathBuf| tasks::folder_of(path).unwrap_or_else(|| path.clone());
    let watched: Vec<PathBuf> = args.paths.iter().map(whole).collect();
    watch::watch(&watched, &screen, "Save a file, and lab validates again. Ctrl-C ends it.", || {
        match once(args) {
            Err(error @ (Error::Lesson(_) | Error::Invalid | Error::Usage(_) | Error::Refused(_))) => {
                complain_of(&error);
                Ok(())
            }
            ended => ended,
        }
    })
}

/// Folders of tasks, and everything else.
fn lessons_and_tasks(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    paths.iter().cloned().partition(|path| tasks::folder_of(path).is_some())
}

/// What all files came to.
#[derive(Default)]
struct Sum {
    passed: usize,
    failed: usize,
    /// Right as far as this machine can tell, which can't play them.
    cannot: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Sum {
    fn add(&mut self, right: bool, played: bool) {
        match (right, played) {
            (false, _) => self.failed += 1,
            (true, false) => self.cannot += 1,
            (true, true) => self.passed += 1,
        }
    }

    fn unread(&mut self, found: Vec<Diagnostic>) {
        self.failed += 1;
        self.diagnostics.extend(found);
    }
}

fn once(args: &ValidateArgs) -> Result<(), Error> {
    let reader = if args.json { Reader::Tool } else { Reader::Person(args.looks.screen()) };
    if let Some(refused) = state_dir::refused() {
        reader.warn(refused)?;
    }
    let (tasks, paths) = lessons_and_tasks(&args.paths);
    // Where tasks alone are named, the lessons that come with lab are not.
    let only_tasks = paths.is_empty() && (args.tasks || !tasks.is_empty());
    let sources = if only_tasks { Vec::new() } else { sources(&paths)? };
    if sources.iter().any(|source| source.path.is_some())
        && let Some(warning) = library::fewer_walls()
    {
        reader.warn(warning)?;
    }
    let (banks, lessons): (Vec<_>, Vec<_>) = sources.into_iter().partition(Source::is_bank);
    let mut sum = Sum::default();
    let lessons = lessons.iter().map(|source| source.read(true).map_err(|found| (&source.file, found)));
    let pair = (args.paths.is_empty() && !args.tasks).then(library::pair).transpose()?;
    for lesson in lessons.chain(pair.map(Ok)) {
        match lesson {
            Ok(lesson) => {
                let report = play(&lesson)?;
                reader.played(&lesson, &report)?;
                sum.add(report.wrong.is_empty(), report.cannot.is_none());
            }
            Err((file, found)) => {
                reader.unread(file, &found)?;
                sum.unread(found);
            }
        }
    }
    for files in task_files(args.tasks, &tasks)? {
        match files.task() {
            Ok(task) => {
                let report = tasks::validate(&files, &task)?;
                reader.proved(&report)?;
                sum.add(report.mistakes.is_empty(), report.cannot.is_none());
            }
            Err(found) => {
                reader.unread(&files.file, &found)?;
                sum.unread(found);
            }
        }
    }
    let screen = if let Reader::Person(screen) = &reader { Some(screen) } else { None };
    let asked = banks::validate(screen, &banks, !args.paths.is_empty())?;
    reader.asked(&banks, &asked)?;
    sum.passed += asked.good;
    sum.failed += banks.len() - asked.good;
    sum.diagnostics.extend(asked.diagnostics);
    ended(sum, args.json, screen)
}

/// Says how many of each there are; the exit status is the worst of them.
fn ended(sum: Sum, json: bool, screen: Option<&Screen>) -> Result<(), Error> {
    let Sum { passed, failed, cannot, diagnostics } = sum;
    if let Some(screen) = screen {
        let not_played = if cannot > 0 { format!(", {cannot} not played") } else { String::new() };
        screen.say(&format!("{passed} passed, {failed} failed{not_played}"))?;
    }
    match (diagnostics.is_empty(), failed, cannot) {
        // A tool has them all.
        (false, ..) if json => Err(Error::Invalid),
        (false, ..) => Err(Error::Lesson(diagnostics)),
        (true, 0, 0) => Ok(()),
        (true, 0, cannot) => {
            Err(Error::Machine(format!("{cannot} of the lessons can't be played on this machine")))
        }
        _ => Err(Error::Invalid),
    }
}

/// The tasks of these folders, and those that come with lab.
fn task_files(shipped: bool, folders: &[PathBuf]) -> Result<Vec<library_of_tasks::TaskFiles>, Error> {
    let mut files = if shipped { library_of_tasks::shipped() } else { Vec::new() };
    for folder in folders.iter().filter_map(|path| tasks::folder_of(path)) {
        files.push(library_of_tasks::of_folder(&folder)?);
    }
    Ok(files)
}

fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Error> {
    if paths.is_empty() {
        return Ok(library::shipped().into_iter().chain(library::shipped_banks()).collect());
    }
    let found = paths.iter().map(|path| {
        if path.is_dir() { library::folder(path) } else { library::file(path).map(|source| vec![source]) }
    });
    found.collect::<Result<Vec<_>, _>>().map(|sources| sources.concat())
}

/// Plays a lesson to its end, past claims that do not hold: its author wants to know of all of them.
fn play(lesson: &Lesson) -> Result<ValidationReport, Error> {
    let input = lesson.input.iter();
    let names = input.map(|input| (input.name.clone(), Value::Text(input.default.clone().into_bytes())));
    let what = Play { name: &lesson.name, outside: lesson.outside, names: names.collect() };
    let no = |number: usize, action: &Action, event: &Event| {
        let broken = !judge(action, event).broken.is_empty();
        machines_no(number, action, event).filter(|_| broken)
    };
    let Played { events, end } =
        isolated::play(&lesson.script, &what, |action, event| no(0, action, event).is_none())?;
    let mut report = ValidationReport::default();
    for (number, (action, event)) in (1..).zip(lesson.script.actions.iter().zip(&events)) {
        let verdict = judge(action, event);
        report.step(number, &verdict);
        if let Some(question) = lesson.question(number - 1) {
            let item = Item { bank: &lesson.bank, question };
            let decision = decide(item, &Proof::of_step(event.clone(), &verdict));
            report.question(number, &question.options, decision);
        }
        report.cannot = no(number, action, event);
    }
    report.left("segment", &end.segments);
    report.left("semaphore", &end.semaphores);
    report.left("message queue", &end.queues);
    match end.failure {
        None => {}
        Some(Failure::Machine(why)) => report.cannot = Some(why),
        Some(Failure::Refused(why)) => {
            report.failed(&format!("{}: step {}: {why}", lesson.file, events.len() + 1));
        }
        Some(Failure::Other(why)) => report.failed(&why),
    }
    Ok(report)
}
