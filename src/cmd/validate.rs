//! `lab validate`: plays every lesson as its readers will, without pauses, each in a process and a sandbox of
//! its own, and reports all that is wrong with it. For authors and for CI; it changes nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::banks;
use super::library::{self, Source};
use crate::cli::ValidateArgs;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::lesson::Lesson;
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::screen::Screen;
use crate::sys::state_dir;

/// What playing a lesson came to.
#[derive(Debug, Default)]
struct ValidationReport {
    wrong: Vec<String>,
    skipped: Vec<String>,
    /// Why this machine can't play it at all.
    cannot: Option<String>,
    steps: usize,
}

/// Validates files, folders, or what is shipped.
///
/// # Errors
/// [`Error::Lesson`] for mistakes in a file, [`Error::Invalid`] for claims that do not hold, told already, and
/// [`Error::Machine`] for lessons that can't be played here.
pub fn run(args: &ValidateArgs) -> Result<(), Error> {
    let screen = Screen::new(args.looks.display());
    // Each lesson is played by a lab of its own, which would say it again.
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
        let report = play(&lesson, source.path.as_deref())?;
        screen.show(&told(&source, &lesson, &report))?;
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

fn play(lesson: &Lesson, path: Option<&Path>) -> Result<ValidationReport, Error> {
    // A path with a slash is never taken for a name.
    let word = path.map_or_else(|| OsString::from(&lesson.name), |path| Path::new(".").join(path).into());
    let output = Command::new("/proc/self/exe")
        .args(["step-through", "--json", "--to-the-end", "--"])
        .arg(word)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::context("start lab again to play the lesson"))?;
    let mut report = ValidationReport::default();
    let mut ended = false;
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line).unwrap_or_default();
        match event["event"].as_str() {
            Some("step") => report.step(&event),
            Some("end") => {
                ended = true;
                report.end(&event);
            }
            _ => {}
        }
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.trim().trim_start_matches("lab: ").to_owned();
    if output.status.code() == Some(3) {
        report.cannot = Some(said);
    } else if !said.is_empty() {
        report.wrong.extend(said.lines().map(str::to_owned));
    } else if !ended || (report.steps < lesson.len() && report.wrong.is_empty()) {
        report.wrong.push(format!("it ended after {} of {} steps", report.steps, lesson.len()));
    }
    Ok(report)
}

impl ValidationReport {
    fn step(&mut self, event: &Value) {
        self.steps += 1;
        let number = &event["step"];
        for broken in event["broken"].as_array().into_iter().flatten() {
            let text = |field: &str| broken[field].as_str().unwrap_or_default().to_owned();
            self.wrong.push(format!(
                "step {number}: the lesson expected {}, the kernel said {}",
                text("expected"),
                text("found")
            ));
        }
        if let Some(why) = event["skipped"].as_str() {
            self.skipped.push(format!("step {number}: {why}"));
        }
    }

    fn end(&mut self, event: &Value) {
        for (field, word) in [("segments", "segment"), ("semaphores", "semaphore")] {
            let left: Vec<_> = event[field].as_array().into_iter().flatten().map(Value::to_string).collect();
            if !left.is_empty() {
                self.wrong.push(format!(
                    "it leaves {word} {} behind: its last steps should remove it",
                    left.join(" and ")
                ));
            }
        }
    }
}

fn told(source: &Source, lesson: &Lesson, report: &ValidationReport) -> Vec<Line> {
    let state = match (report.wrong.is_empty(), &report.cannot, report.skipped.len()) {
        (false, ..) => ink(Style::Bad, "FAILED"),
        (true, Some(_), _) => ink(Style::Bad, "NOT PLAYED"),
        (true, None, 0) => ink(Style::Good, "ok"),
        (true, None, skipped) => ink(Style::Good, format!("ok, {skipped} skipped")),
    };
    let mut lines = vec![Line::Heading {
        left: vec![plain(format!("{}  {}", source.file, counted(lesson.len(), "step")))],
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
