//! A task, proved: what the student is given compiles and fails, the solution passes every check, and each wrong program
//! fails exactly the check that it names. It changes nothing.

use super::report::state;
use crate::cmd::task::judged;
use crate::cmd::tasks::{self, TaskFiles};
use crate::error::Error;
use crate::lesson::task::Task;
use crate::output::line::{Line, Style, counted, ink, plain};
use crate::output::task::Row;
use crate::task::Submission;

use std::path::{Path, PathBuf};

/// What proving a task came to.
#[derive(Debug, Default)]
pub struct TaskReport {
    pub file: String,
    checks: usize,
    programs: usize,
    pub mistakes: Vec<String>,
    /// Why this machine can't play it.
    pub cannot: Option<String>,
}

impl TaskReport {
    /// For a person.
    pub fn told(&self) -> Vec<Line> {
        let (checks, wrong) = (counted(self.checks, "check"), counted(self.programs, "wrong program"));
        let left = vec![plain(format!("{}  {checks}, {wrong}", self.file))];
        let state = state(!self.mistakes.is_empty(), self.cannot.is_some(), 0);
        let said = self.mistakes.iter().chain(&self.cannot);
        let said = said.map(|said| Line::Labelled { label: "", pieces: vec![ink(Style::Bad, said.clone())] });
        std::iter::once(Line::Heading { left, right: vec![state] }).chain(said).collect()
    }
}

/// Whether a path is a task's, and its folder.
pub fn folder_of(path: &Path) -> Option<PathBuf> {
    let folder = if path.is_dir() { path } else { path.parent()? };
    let named = path.is_dir() || path.file_name().is_some_and(|name| name == tasks::FILE);
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    (named && folder.join(tasks::FILE).is_file()).then(|| folder.to_owned())
}

/// Proves a task.
///
/// # Errors
/// A signal ends the run, or no process can be started; what this machine lacks is in the report.
pub fn validate(files: &TaskFiles, task: &Task) -> Result<TaskReport, Error> {
    let mut report = TaskReport {
        file: files.file.clone(),
        checks: task.checks.len(),
        programs: files.wrong.files.len(),
        ..TaskReport::default()
    };
    match prove(files, task, &mut report) {
        Err(Error::Machine(why)) => report.cannot = Some(why),
        proved => proved?,
    }
    Ok(report)
}

fn prove(files: &TaskFiles, task: &Task, report: &mut TaskReport) -> Result<(), Error> {
    let say = |report: &mut TaskReport, what: String| report.mistakes.push(what);
    for (folder, submission) in [("start", &files.start), ("solution", &files.solution)] {
        let others = [submission, &files.wrong].into_iter().flat_map(|folder| &folder.left_out);
        others.for_each(|what| report.mistakes.push(what.clone()));
        if submission.files.is_empty() {
            say(report, format!("the folder {folder}/ is missing or empty"));
        }
    }
    if !report.mistakes.is_empty() {
        return Ok(());
    }
    let (start, examined) = judged(task, &files.start)?;
    if !examined.builds() {
        say(report, format!("start/ does not compile: {}", found(&start[0])));
    } else if start.iter().all(|row| row.passed) {
        say(report, "start/ passes every check, so nothing is left for the student to do".into());
    }
    let (solution, _) = judged(task, &files.solution)?;
    for row in solution.iter().filter(|row| !row.passed) {
        say(report, format!("solution/ fails `{}`: {}", row.say, found(row)));
    }
    // Every wrong program is the solution with one mistake.
    if report.mistakes.is_empty() {
        for (name, bytes) in &files.wrong.files {
            if let Some(what) = wrong(files, task, bytes)? {
                say(report, format!("wrong/{name} {what}"));
            }
        }
    }
    Ok(())
}

fn found(row: &Row) -> String {
    row.found.iter().map(|(sentence, _)| sentence.as_str()).collect::<Vec<_>>().join(" ")
}

/// The value of a line such as ` * fails: client first` in a file's first comment.
fn header<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let comment = text.strip_prefix("/*")?.split("*/").next()?;
    let value = |line: &'a str| {
        line.trim_start_matches([' ', '*']).strip_prefix(word)?.strip_prefix(':').map(str::trim)
    };
    comment.lines().find_map(value)
}

/// What is wrong with a wrong program, if it does not fail as it should.
fn wrong(files: &TaskFiles, task: &Task, bytes: &[u8]) -> Result<Option<String>, Error> {
    let text = String::from_utf8_lossy(bytes);
    let only = match task.programs.as_slice() {
        [program] => program.sources.first().map(String::as_str),
        _ => None,
    };
    let Some(replaced) = header(&text, "replaces").or(only).filter(|name| files.solution.has(name)) else {
        let what =
            "does not say in its first comment which file of solution/ it replaces: `replaces: client.c`";
        return Ok(Some(what.into()));
    };
    let Some(named) = header(&text, "fails").filter(|named| !named.is_empty()) else {
        let what = "does not say in its first comment which check it fails: `fails: client first`";
        return Ok(Some(what.into()));
    };
    let begins = |check: &str| check.to_lowercase().starts_with(&named.to_lowercase());
    let checks: Vec<usize> = (0..task.checks.len()).filter(|at| begins(&task.checks[*at].say)).collect();
    let [check] = checks.as_slice() else {
        return Ok(Some(format!(
            "says `fails: {named}`, and {} checks begin so: write how the `say` of one of them begins",
            checks.len()
        )));
    };
    let submission: Submission = files.solution.clone().with(replaced, bytes);
    let (rows, examined) = judged(task, &submission)?;
    if !examined.builds() {
        return Ok(Some(format!("does not compile: {}", found(&rows[0]))));
    }
    // The first row is the build, whose warnings are the student's business here.
    let rows = &rows[1..];
    if rows[*check].passed {
        return Ok(Some(format!("passes `{}`, which it says it fails", rows[*check].say)));
    }
    // A play is one order of many, so what fails it may fail in every order as well.
    let implied = |at: usize| task.checks[at].play.every_order && !task.checks[*check].play.every_order;
    let others = rows.iter().enumerate().filter(|(at, row)| at != check && !row.passed && !implied(*at));
    Ok(others.map(|(_, row)| format!("fails `{}` as well: {}", row.say, found(row))).next())
}
