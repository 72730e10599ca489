//! `lab validate`: plays every lesson as its readers will, without pauses, each in a process and a sandbox of
//! its own, and reports all that is wrong with it. For authors and for CI; it changes nothing.

use std::path::PathBuf;

use super::banks;
use super::library::{self, Source};
use crate::cli::ValidateArgs;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::outcome::Value;
use crate::lesson::{Action, Choice, Lesson, Verdict, judge};
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::screen::Screen;
use crate::quiz::decide::{Decision, decide};
use crate::quiz::draw::Item;
use crate::quiz::proof::Proof;
use crate::runner::isolated::{self, Failure, Play, Played};
use crate::session::machines_no;
use crate::sys::{signals, state_dir};

/// What playing a lesson came to.
#[derive(Debug, Default)]
struct ValidationReport {
    wrong: Vec<String>,
    skipped: Vec<String>,
    /// Why this machine can't play it at all.
    cannot: Option<String>,
}

/// Validates files, folders, or what is shipped.
///
/// # Errors
/// [`Error::Lesson`] for mistakes in a file, [`Error::Invalid`] for claims that do not hold, told already, and
/// [`Error::Machine`] for lessons that can't be played here.
pub fn run(args: &ValidateArgs) -> Result<(), Error> {
    signals::take_over(false);
    let screen = Screen::new(args.looks.display());
    if let Some(refused) = state_dir::refused() {
        screen.show(&[labelled("WARNING", refused)])?;
    }
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut reports = Vec::new();
    let mut unread = 0;
    let sources = sources(&args.paths)?;
    if sources.iter().any(|source| source.path.is_some())
        && let Some(warning) = library::fewer_walls()
    {
        screen.show(&[labelled("WARNING", warning)])?;
    }
    let (banks, lessons): (Vec<_>, Vec<_>) = sources.into_iter().partition(Source::is_bank);
    for source in lessons {
        let lesson = match source.read(true) {
            Ok(lesson) => lesson,
            Err(found) => {
                diagnostics.extend(found);
                unread += 1;
                continue;
            }
        };
        let report = play(&lesson)?;
        screen.show(&told(&source.file, &lesson, &report))?;
        reports.push(report);
    }
    if args.paths.is_empty() {
        let pair = library::pair()?;
        let report = play(&pair)?;
        screen.show(&told(&pair.file, &pair, &report))?;
        reports.push(report);
    }
    let failed = reports.iter().filter(|report| !report.wrong.is_empty()).count();
    let cannot = reports.iter().filter(|report| report.wrong.is_empty() && report.cannot.is_some()).count();
    let asked = banks::validate(&screen, &banks, !args.paths.is_empty())?;
    unread += banks.len() - asked.good;
    diagnostics.extend(asked.diagnostics);
    let good = reports.len() - failed - cannot + asked.good;
    let mut counts = format!("{good} passed, {} failed", failed + unread);
    if cannot > 0 {
        counts += &format!(", {cannot} not played");
    }
    screen.say(&counts)?;
    match (diagnostics.is_empty(), failed, cannot) {
        (false, ..) => Err(Error::Lesson(diagnostics)),
        (true, 0, 0) => Ok(()),
        (true, 0, cannot) => {
            Err(Error::Machine(format!("{cannot} of the lessons can't be played on this machine")))
        }
        _ => Err(Error::Invalid),
    }
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
        report.step(number, &judge(action, event));
        report.question(lesson, number, event);
        report.cannot = no(number, action, event);
    }
    report.left("segment", &end.segments);
    report.left("semaphore", &end.semaphores);
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

impl ValidationReport {
    fn step(&mut self, number: usize, verdict: &Verdict) {
        let wrong = verdict.broken.iter().map(|broken| {
            let (claim, found) = (&broken.claim, &broken.found);
            format!("step {number}: the lesson expected {claim}, the kernel said {found}")
        });
        self.wrong.extend(wrong);
        self.skipped.extend(verdict.skipped.as_ref().map(|why| format!("step {number}: {why}")));
    }

    /// Exactly one option of a step's question is true, and each of the others says why it is not.
    fn question(&mut self, lesson: &Lesson, number: usize, event: &Event) {
        let Some(question) = lesson.question(number - 1) else { return };
        let item = Item { bank: &lesson.bank, question };
        let right = match decide(item, &Proof::of_step(event.clone())) {
            Decision::Invalid(found) => {
                self.wrong.extend(found.iter().map(|found| format!("step {number}: {}", found.what)));
                return;
            }
            Decision::Options(right) => right,
            Decision::Skipped(why) => {
                self.skipped.push(format!("step {number}: its question: {why}"));
                return;
            }
            _ => Vec::new(),
        };
        let unexplained = |(at, option): &(usize, &Choice)| option.why.is_empty() && !right.contains(at);
        for (at, _) in question.options.iter().enumerate().filter(unexplained) {
            self.wrong
                .push(format!("step {number}: option {} is not right, and its `why` is missing", at + 1));
        }
    }

    fn failed(&mut self, why: &str) {
        self.wrong.extend(why.lines().map(str::to_owned));
    }

    fn left(&mut self, what: &str, ids: &[i32]) {
        let ids: Vec<_> = ids.iter().map(i32::to_string).collect();
        if !ids.is_empty() {
            let ids = ids.join(" and ");
            self.wrong.push(format!("it leaves {what} {ids} behind: its last steps should remove it"));
        }
    }
}

fn told(file: &str, lesson: &Lesson, report: &ValidationReport) -> Vec<Line> {
    let state = match (report.wrong.is_empty(), &report.cannot, report.skipped.len()) {
        (false, ..) => ink(Style::Bad, "FAILED"),
        (true, Some(_), _) => ink(Style::Bad, "NOT PLAYED"),
        (true, None, 0) => ink(Style::Good, "ok"),
        (true, None, skipped) => ink(Style::Good, format!("ok, {skipped} skipped")),
    };
    let mut lines = vec![Line::Heading {
        left: vec![plain(format!("{file}  {}", counted(lesson.len(), "step")))],
        right: vec![state],
    }];
    let cannot = report.cannot.iter().flat_map(|said| said.lines());
    let wrong = report.wrong.iter().map(String::as_str).chain(cannot).map(|what| (Style::Bad, what));
    let skipped = report.skipped.iter().map(|what| (Style::Plain, what.as_str()));
    for (colour, what) in wrong.chain(skipped) {
        lines.push(Line::Labelled { label: "", pieces: vec![ink(colour, what)] });
    }
    lines
}
