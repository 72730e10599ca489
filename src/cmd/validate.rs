//! `lab validate`: plays every lesson as its readers will, without pauses, each in a process and a sandbox of
//! its own, and reports all that is wrong with it. For authors and for CI; it changes nothing.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::library::{self, Source};
use crate::cli::Validate;
use crate::lesson::{Lesson, Mistake};
use crate::tell::line::{Ink, Line, ink, plain};
use crate::tell::screen::{Look, Screen};
use crate::trouble::Trouble;

/// What playing a lesson came to.
#[derive(Debug, Default)]
struct Report {
    wrong: Vec<String>,
    skipped: Vec<String>,
    steps: usize,
}

/// Validates files, folders, or what is shipped.
///
/// # Errors
/// [`Trouble::Lesson`] for mistakes in a file, [`Trouble::Failed`] for claims that do not hold; told already.
pub fn run(args: &Validate) -> Result<(), Trouble> {
    let screen = Screen::new(Look::choose(args.looks.color, args.looks.ascii, args.looks.plain));
    let mut good = 0;
    let mut mistakes: Vec<Mistake> = Vec::new();
    let mut failed = 0;
    for (source, path) in sources(&args.paths)? {
        let lesson = match source.read(true) {
            Ok(lesson) => lesson,
            Err(found) => {
                mistakes.extend(found);
                continue;
            }
        };
        let report = play(&lesson, path.as_deref().unwrap_or(&lesson.name))?;
        good += usize::from(report.wrong.is_empty());
        failed += usize::from(!report.wrong.is_empty());
        screen.show(&told(&source, &lesson, &report))?;
    }
    if !mistakes.is_empty() {
        return Err(Trouble::Lesson(mistakes));
    }
    screen.write(&format!("{good} passed, {failed} failed\n"))?;
    if failed > 0 { Err(Trouble::Wrong) } else { Ok(()) }
}

/// Each source, with its path where it is no lesson of ours.
fn sources(paths: &[PathBuf]) -> Result<Vec<(Source, Option<String>)>, Trouble> {
    if paths.is_empty() {
        return Ok(library::shipped().into_iter().map(|source| (source, None)).collect());
    }
    let mut sources = Vec::new();
    for path in paths {
        let found = if path.is_dir() { library::folder(path)? } else { vec![library::file(path)?] };
        sources.extend(found.into_iter().map(|source| {
            // A path with a slash is never taken for a name.
            let path =
                if source.file.contains('/') { source.file.clone() } else { format!("./{}", source.file) };
            (source, Some(path))
        }));
    }
    Ok(sources)
}

fn play(lesson: &Lesson, word: &str) -> Result<Report, Trouble> {
    let output = Command::new("/proc/self/exe")
        .args(["step-through", "--json", "--", word])
        .stdin(Stdio::null())
        .output()
        .map_err(Trouble::while_doing("start lab again to play the lesson"))?;
    let mut report = Report::default();
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
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if !said.is_empty() {
        report.wrong.push(said);
    } else if !ended || (report.steps < lesson.steps.len() && report.wrong.is_empty()) {
        report.wrong.push(format!("it ended after {} of {} steps", report.steps, lesson.steps.len()));
    }
    Ok(report)
}

impl Report {
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
        let left: Vec<_> = event["segments"].as_array().into_iter().flatten().map(Value::to_string).collect();
        if !left.is_empty() && self.wrong.is_empty() {
            self.wrong.push(format!(
                "it leaves segment {} behind: its last steps should remove it",
                left.join(" and ")
            ));
        }
    }
}

fn told(source: &Source, lesson: &Lesson, report: &Report) -> Vec<Line> {
    let state = match (report.wrong.is_empty(), report.skipped.len()) {
        (true, 0) => ink(Ink::Good, "ok"),
        (true, skipped) => ink(Ink::Good, format!("ok, {skipped} skipped")),
        (false, _) => ink(Ink::Bad, "FAILED"),
    };
    let mut lines = vec![Line::Heading {
        left: vec![plain(format!("{}  {} steps", source.file, lesson.steps.len()))],
        right: vec![state],
    }];
    let wrong = report.wrong.iter().map(|what| (Ink::Bad, what));
    let skipped = report.skipped.iter().map(|what| (Ink::Plain, what));
    for (colour, what) in wrong.chain(skipped) {
        lines.push(Line::Labelled { label: "", pieces: vec![ink(colour, what)] });
    }
    lines
}
