//! `lab task`: the tasks and how far you are; a task started, checked, and what helps with it. It changes nothing of the
//! student's: files that are there stay as they are.

mod check;
mod help;

pub use check::judged;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::tasks;
use crate::cli::{DisplayOptions, TaskArgs, TaskCommand};
use crate::error::{Error, unwritable};
use crate::lesson::task::Task;
use crate::output::line::{Line, Style, counted, ink, labelled, plain, strong};
use crate::output::screen::{complain, json_line};
use crate::sys::new_file::NewFile;
use crate::sys::signals;
use crate::task::record::{TaskRecord, TaskState};
use crate::text::{Safe, path_text, shell_path};
use tasks::TaskFiles;

pub fn run(args: &TaskArgs) -> Result<(), Error> {
    match &args.what {
        None => list(args),
        Some(TaskCommand::Start { task, folder }) => {
            start(task, folder.as_deref(), &DisplayOptions::default())
        }
        Some(TaskCommand::Check { task, folder, watch, json, report, looks }) => {
            signals::take_over(false);
            let report = report.file()?;
            let (chosen, screen) = (which(task.as_deref(), folder.as_deref())?, looks.screen_of_lines());
            if *watch { check::watch(&chosen, &screen) } else { check::run(&chosen, *json, report, &screen) }
        }
        Some(TaskCommand::Hint { task, looks }) => {
            help::hint(&which(task.as_deref(), None)?, &looks.screen_of_lines())
        }
        Some(TaskCommand::Solution { task, give_up, looks }) => {
            let chosen = which(task.as_deref(), None)?;
            help::solution(&chosen, *give_up, &looks.screen_of_lines())
        }
        Some(TaskCommand::Reset { task, looks }) => {
            help::reset(&tasks::named(task)?, &looks.screen_of_lines())
        }
    }
}

/// A task and where the student's files are.
struct Chosen {
    files: TaskFiles,
    task: Task,
    folder: PathBuf,
    state: TaskState,
    /// Neither the task nor the folder was named, and no task was started here: it is the last one, somewhere else.
    elsewhere: bool,
}

/// What is kept; a record that can't be read is said and counts as empty.
fn kept() -> TaskRecord {
    TaskRecord::read().unwrap_or_else(|unread| {
        complain(Safe::line(&unread.words()));
        TaskRecord::default()
    })
}

/// A change of what is kept that was not made is said and stops nothing.
fn keep(key: &str, how: impl FnOnce(&mut TaskState)) {
    if let Err(why) = TaskRecord::change(key, how) {
        complain(Safe::line(&why));
    }
}

/// The task that is meant, and the folder.
fn which(word: Option<&str>, folder: Option<&Path>) -> Result<Chosen, Error> {
    let record = kept();
    let here = std::env::current_dir().ok().map(|here| path_text(&here));
    let of_here = record.tasks.iter().find(|(_, state)| here.is_some() && state.folder == here);
    let files = match (word, of_here, &record.last) {
        (Some(word), ..) => tasks::named(word)?,
        (None, Some((key, _)), _) | (None, None, Some(key)) => tasks::with_key(key)?,
        (None, None, None) => {
            let what =
                "no task was started yet: `lab task` lists them, `lab task start read-it` begins the first";
            return Err(Error::Usage(what.into()));
        }
    };
    let state = record.tasks.get(&files.key).cloned().unwrap_or_default();
    let elsewhere = word.is_none() && folder.is_none() && of_here.is_none();
    let folder = match (folder, &state.folder) {
        (Some(folder), _) => folder.to_owned(),
        (None, Some(folder)) if state.folder != here => folder.into(),
        _ => PathBuf::from("."),
    };
    let task = files.read()?;
    Ok(Chosen { files, task, folder, state, elsewhere })
}

/// Writes what a task begins with. A file of that name stays as it is.
pub(super) fn start(word: &str, folder: Option<&Path>, looks: &DisplayOptions) -> Result<(), Error> {
    let files = tasks::named(word)?;
    let task = files.read()?;
    let folder = folder.map_or_else(|| PathBuf::from(&files.name), Path::to_owned);
    if !folder.is_dir() {
        std::fs::create_dir(&folder).map_err(|error| unwritable(&folder, &error))?;
    }
    let mut lines = vec![strong("TASK", task.title.clone())];
    lines.push(labelled("", task.goal.clone()));
    for (name, bytes) in &files.start.files {
        let path = folder.join(name);
        let written = NewFile::at(&path).and_then(|file| file.write(bytes));
        let said = match written {
            Ok(()) => path_text(&path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                format!("{} is there already and stays as it is", path_text(&path))
            }
            Err(error) => return Err(unwritable(&path, &error)),
        };
        lines.push(labelled("FILE", said));
    }
    let whole = std::path::absolute(&folder).unwrap_or_else(|_| folder.clone());
    let whole = whole.canonicalize().unwrap_or(whole);
    keep(&files.key, |state| {
        if state.folder.as_deref() != Some(&path_text(&whole)) {
            *state = TaskState { passed: state.passed, ..TaskState::default() };
        }
        state.folder = Some(path_text(&whole));
    });
    let next = format!("cd {} && lab task check", shell_path(&folder));
    lines.push(strong("NEXT", next));
    looks.screen().show(&lines)
}

/// A task as JSON: fields are only ever added.
#[derive(Serialize)]
struct Listed<'a> {
    version: u32,
    name: &'a str,
    title: &'a str,
    goal: &'a str,
    after: &'a str,
    checks: usize,
    passed: usize,
    done: bool,
    folder: Option<&'a str>,
}

fn list(args: &TaskArgs) -> Result<(), Error> {
    let record = kept();
    let (mut lines, mut next) = (Vec::new(), None);
    for files in tasks::shipped() {
        let task = files.read()?;
        let state = record.tasks.get(&files.key);
        let passed = state.map_or(0, |state| state.checks.iter().filter(|passed| **passed).count());
        let done = state.is_some_and(|state| state.passed);
        let checks = task.checks.len() + 1;
        if args.json {
            json_line(&Listed {
                version: 1,
                name: &files.name,
                title: &task.title,
                goal: &task.goal,
                after: &task.after,
                checks,
                passed,
                done,
                folder: state.and_then(|state| state.folder.as_deref()),
            })?;
            continue;
        }
        let how = match (done, state) {
            (true, _) => ink(Style::Good, "done"),
            (false, Some(state)) if !state.checks.is_empty() => {
                plain(format!("{passed} of {}", counted(checks, "check")))
            }
            (false, Some(_)) => plain("started"),
            (false, None) => plain(format!("after {}", task.after)),
        };
        let left = vec![ink(Style::Strong, format!("{:<14}", files.name)), plain(task.title)];
        lines.push(Line::Heading { left, right: vec![how] });
        if !done && next.is_none() {
            let begun = state.is_some_and(|state| state.folder.is_some());
            next = Some(format!("lab task {} {}", if begun { "check" } else { "start" }, files.name));
        }
    }
    if args.json {
        return Ok(());
    }
    lines.push(Line::Blank);
    lines.extend(next.map(|command| strong("NEXT", command)));
    args.looks.screen_of_lines().show(&lines)
}
