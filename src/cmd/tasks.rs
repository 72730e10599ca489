//! Where tasks come from: this binary, or a folder with a task.toml, whose files are data from a stranger. It finds and
//! reads them.

use std::path::Path;
use std::sync::OnceLock;

use super::library;
use crate::diagnostic::Diagnostic;
use crate::error::{self, Error};
use crate::lesson::task::{self, Known, Task};
use crate::lesson::{MAX_FILE_BYTES, SHIPPED_TASKS};
use crate::task::Submission;
use crate::text::path_text;
use crate::trace::findings::RULES;

/// The file that makes a folder a task.
pub const FILE: &str = "task.toml";
/// The order in which the tasks are solved: each needs what those before it have shown.
const ORDER: [&str; 9] = [
    "read-it",
    "right-order",
    "own-key",
    "check-it",
    "leave-nothing",
    "handshake",
    "two-writers",
    "offsets",
    "your-own",
];

#[derive(Debug, Clone)]
pub struct TaskFiles {
    pub name: String,
    /// What is kept of it is kept under this: its name, or its whole path.
    pub key: String,
    /// Its task.toml, as mistakes show it.
    pub file: String,
    text: String,
    pub start: Submission,
    pub solution: Submission,
    pub wrong: Submission,
}

impl TaskFiles {
    /// Reads its task.toml, or finds all mistakes of it.
    pub fn task(&self) -> Result<Task, Vec<Diagnostic>> {
        task::read(&self.file, &self.text, known(lengths_of_lessons()))
    }

    /// The task, for whoever plays it.
    pub fn read(&self) -> Result<Task, Error> {
        Ok(self.task()?)
    }
}

/// What a task's file may name, with these lessons.
fn known(lessons: &[(String, usize)]) -> Known<'_> {
    static FINDINGS: OnceLock<Vec<&str>> = OnceLock::new();
    Known { findings: FINDINGS.get_or_init(|| RULES.iter().map(|rule| rule.name).collect()), lessons }
}

/// The names of lab's own lessons with how many steps each has. They are read once: a list reads nine tasks.
fn lengths_of_lessons() -> &'static [(String, usize)] {
    static LENGTHS: OnceLock<Vec<(String, usize)>> = OnceLock::new();
    LENGTHS.get_or_init(|| {
        let lessons = library::shipped();
        let lessons = lessons.iter().filter_map(|source| source.read(false).ok());
        lessons.map(|lesson| (lesson.name.clone(), lesson.len())).collect()
    })
}

/// The tasks that come with lab, in the order in which they are solved.
pub fn shipped() -> Vec<TaskFiles> {
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    let mut tasks: Vec<TaskFiles> =
        SHIPPED_TASKS.iter().map(|(name, files)| of_binary(name, files)).collect();
    tasks.sort_by_key(|task| place(&task.name));
    tasks
}

/// The tasks that go with a lesson, by name.
pub fn after(lesson: &str) -> Vec<String> {
    // Most files do not name it, and need not be read.
    let goes_with = |files: &TaskFiles| {
        files.text.contains(lesson)
            // The lessons that it names were looked up when it was validated.
            && task::read(&files.file, &files.text, known(&[])).is_ok_and(|task| task.after == lesson)
    };
    shipped().into_iter().filter(goes_with).map(|files| files.name).collect()
}

fn of_binary(name: &str, files: &[(&str, &[u8])]) -> TaskFiles {
    let below = |folder: &str| {
        let inside = files.iter().filter_map(|(path, bytes)| Some((path.strip_prefix(folder)?, bytes)));
        Submission {
            files: inside.map(|(name, bytes)| (name.to_owned(), bytes.to_vec())).collect(),
            left_out: Vec::new(),
        }
    };
    let text = files.iter().find(|(path, _)| *path == FILE).map(|(_, bytes)| String::from_utf8_lossy(bytes));
    TaskFiles {
        name: name.to_owned(),
        key: name.to_owned(),
        file: format!("tasks/{name}/{FILE}"),
        text: text.unwrap_or_default().into_owned(),
        start: below("start/"),
        solution: below("solution/"),
        wrong: below("wrong/"),
    }
}

/// The task of a folder, if that has a task.toml that can be read.
pub fn of_folder(folder: &Path) -> Result<TaskFiles, Error> {
    let shown = path_text(folder);
    let unreadable = |why: String| Error::Usage(format!("`{shown}` holds no task: {why}"));
    let own = Submission::read(folder).map_err(|error| unreadable(error::plain(&error)))?;
    let bytes = own.files.iter().find(|(name, _)| name == FILE).map(|(_, bytes)| bytes.clone());
    let bytes = bytes.ok_or_else(|| unreadable(format!("a task is a folder with a file {FILE}")))?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(unreadable(format!("{FILE} is larger than {} KiB", MAX_FILE_BYTES / 1024)));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable(format!("{FILE} is not text (UTF-8)")))?;
    let below = |name: &str| Submission::read(&folder.join(name)).unwrap_or_default();
    let whole = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
    Ok(TaskFiles {
        name: whole.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        key: path_text(&whole),
        file: path_text(&folder.join(FILE)),
        text,
        start: below("start"),
        solution: below("solution"),
        wrong: below("wrong"),
    })
}

/// The task with this name, or in the folder with this name.
pub fn named(word: &str) -> Result<TaskFiles, Error> {
    let shipped = shipped();
    if let Some(found) = shipped.iter().find(|task| task.name == word) {
        return Ok(found.clone());
    }
    if word.contains('/') || Path::new(word).is_dir() {
        return of_folder(Path::new(word));
    }
    Err(error::unknown("task", word, shipped.iter().map(|task| task.name.as_str())))
}

/// The task that something is kept of under this key, if it is still there.
pub fn with_key(key: &str) -> Result<TaskFiles, Error> {
    if key.contains('/') { of_folder(Path::new(key)) } else { named(key) }
}
