//! `lab task check`: builds a student's programs, plays each check and says what came of it.

use serde::Serialize;

use super::{Chosen, keep};
use crate::cmd::watch;
use crate::error::{Error, unreadable};
use crate::facts::event::Source;
use crate::lesson::task::Task;
use crate::orders::report::Why;
use crate::output::findings::means;
use crate::output::line::{Line, labelled};
use crate::output::orders::told;
use crate::output::report::ReportFile;
use crate::output::screen::{JSON_VERSION, Screen, json_line};
use crate::output::task::{Row, sum};
use crate::output::task_report;
use crate::output::trace::timeout;
use crate::task::{Examined, Submission, Tried, Wording, examine, judge};
use crate::text::{Safe, path_text};

/// What the first check of every task says.
pub const COMPILES: &str = "It compiles without a warning";

/// How what the tracer saw is worded: as `lab trace` words it.
const WORDING: Wording =
    Wording { means: |diagnosis| means(&diagnosis.detail), late: |end| timeout(end).unwrap_or_default() };

/// A check as JSON: fields are only ever added.
#[derive(Serialize)]
struct Checked<'a> {
    version: u32,
    task: &'a str,
    /// From 0, which is the build.
    check: usize,
    say: &'a str,
    passed: bool,
    points: usize,
    found: Vec<FoundIn<'a>>,
    why: Option<&'a str>,
    read: Option<String>,
    /// Of a check that was played in every order.
    orders: Option<JsonTried>,
}

#[derive(Serialize)]
struct JsonTried {
    /// How many were played, how many more are known, and whether these are all.
    played: usize,
    open: usize,
    complete: bool,
    /// Ended by lab, because they took too long.
    cut: usize,
    diverged: usize,
    /// The first bad one: its number, its steps as sentences, and who was chosen.
    number: Option<usize>,
    steps: Vec<String>,
    choices: Vec<usize>,
}

impl JsonTried {
    fn of(tried: &Tried) -> JsonTried {
        let order = tried.bad.as_ref().map(|(_, order)| order);
        JsonTried {
            played: tried.reached.played,
            open: tried.reached.open,
            complete: tried.reached.why == Why::Complete,
            cut: tried.cut,
            diverged: tried.reached.diverged,
            number: tried.bad.as_ref().map(|(number, _)| *number),
            steps: order.map(told).unwrap_or_default(),
            choices: order.map(|order| order.choices().collect()).unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
struct FoundIn<'a> {
    what: &'a str,
    place: Option<&'a Source>,
}

/// Checks, says and keeps it.
///
/// # Errors
/// [`Error::Failed`] if a check failed.
pub fn run(chosen: &Chosen, json: bool, report: Option<ReportFile>, screen: &Screen) -> Result<(), Error> {
    let files = Submission::read(&chosen.folder).map_err(|error| unreadable(&chosen.folder, &error))?;
    let (rows, examined) = judged(&chosen.task, &files)?;
    let passed = rows.iter().filter(|row| row.passed).count();
    keep(&chosen.files.key, |state| {
        if state.folder.is_none() {
            let whole = chosen.folder.canonicalize().unwrap_or_else(|_| chosen.folder.clone());
            state.folder = Some(path_text(&whole));
        }
        state.checks = rows.iter().map(|row| row.passed).collect();
        state.passed |= passed == rows.len();
    });
    let warnings = warnings(&files, &examined);
    let name = &*chosen.files.name;
    let objects = rows.iter().enumerate().map(|(check, row)| object(name, check, row));
    if json {
        objects.clone().try_for_each(|object| json_line(&object))?;
    } else {
        screen.show(&lines(&rows, &warnings, chosen))?;
    }
    if let Some(file) = report {
        let written = file.write(&task_report::report(task_report::Checked {
            name,
            task: &chosen.task,
            rows: &rows,
            warnings: &warnings,
            files: &files.files,
            // Nothing in these types can fail to become JSON.
            events: objects.filter_map(|object| Safe::json(&object).ok()).collect(),
        }))?;
        if !json {
            screen.show(&[written])?;
        }
    }
    if passed == rows.len() { Ok(()) } else { Err(Error::Failed) }
}

/// Checks again whenever a file of the folder is saved. A signal ends it.
pub fn watch(chosen: &Chosen, screen: &Screen) -> Result<(), Error> {
    let invitation = "Save a file, and lab checks again. Ctrl-C ends it.";
    watch::watch(std::slice::from_ref(&chosen.folder), screen, invitation, || {
        match run(chosen, false, None, screen) {
            Ok(()) | Err(Error::Failed) => Ok(()),
            Err(error) => Err(error),
        }
    })
}

/// What was left out, and which walls are missing.
fn warnings(files: &Submission, examined: &Examined) -> Vec<String> {
    let left_out = files.left_out.iter().map(|what| format!("{what}, so lab leaves it out"));
    let missing = examined.plays.first().map(|played| played.walls.missing()).unwrap_or_default();
    let open = (!missing.is_empty()).then(|| {
        format!(
            "this machine does not let lab keep your programs from everything: not confined: {}",
            missing.join(", ")
        )
    });
    left_out.chain(open).collect()
}

fn lines(rows: &[Row], warnings: &[String], chosen: &Chosen) -> Vec<Line> {
    let mut lines: Vec<Line> = warnings.iter().map(|what| labelled("WARNING", what.clone())).collect();
    if chosen.elsewhere {
        let (name, folder) = (&chosen.files.name, path_text(&chosen.folder));
        lines.push(labelled(
            "TASK",
            format!(
                "No task was started in this folder, so lab checks the last one: {name}, in {folder}. `lab task check {name} .` checks these files."
            ),
        ));
    }
    let mut first = true;
    for row in rows {
        // One hint at a time, and it is for the first that failed.
        let row = Row { hints: row.hints && first, ..row.clone() };
        first &= row.passed;
        lines.extend(row.lines("lab task hint"));
    }
    let passed = rows.iter().filter(|row| row.passed).count();
    lines.extend(sum(passed, rows.len()));
    if passed == rows.len() {
        let solution = format!("lab task solution {}", chosen.files.name);
        lines.push(labelled("", format!("`{solution}` shows how lab's author wrote them.")));
    }
    lines
}

/// What a submission's checks come to, the build first, and what they rest on.
pub fn judged(task: &Task, files: &Submission) -> Result<(Vec<Row>, Examined), Error> {
    let examined = examine(task, files, WORDING)?;
    let mut rows = vec![build(&examined)];
    for (at, check) in task.checks.iter().enumerate() {
        rows.push(match examined.plays.get(at) {
            Some(played) => Row::of(check, &judge(check, played), Some(played)),
            None => Row {
                found: vec![("It can be checked once your programs compile.".into(), None)],
                ..Row::not_played(check)
            },
        });
    }
    Ok((rows, examined))
}

/// The build as a check.
fn build(examined: &Examined) -> Row {
    let remarks = examined.built.iter().filter_map(|built| built.error.as_ref().or(built.warning.as_ref()));
    let found: Vec<_> = remarks.map(|remark| (remark.words.clone(), remark.place.clone())).collect();
    Row {
        say: COMPILES.into(),
        passed: found.is_empty(),
        found,
        why: None,
        read: None,
        hints: false,
        points: 1,
        tried: None,
    }
}

fn object<'a>(task: &'a str, check: usize, row: &'a Row) -> Checked<'a> {
    Checked {
        version: JSON_VERSION,
        task,
        check,
        say: &row.say,
        passed: row.passed,
        points: row.points,
        found: row.found.iter().map(|(what, place)| FoundIn { what, place: place.as_ref() }).collect(),
        why: row.why.as_deref().filter(|_| !row.passed),
        read: row.read.as_ref().filter(|_| !row.passed).map(|(lesson, step)| format!("{lesson} {step}")),
        orders: row.tried.as_ref().map(JsonTried::of),
    }
}
