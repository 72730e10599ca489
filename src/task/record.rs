//! What is kept of the tasks between runs: where each was started, what the last check came to, how many hints were given.
//! One small file beside the lessons' progress.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use crate::progress::{self, Kept, Unread};

/// The file in the state folder.
const FILE: &str = "tasks.json";

/// All tasks that were begun, by key: the name, or the whole path of one from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRecord {
    pub version: u32,
    pub tasks: BTreeMap<String, TaskState>,
    /// The last one that was started or checked.
    pub last: Option<String>,
}

/// How far a task is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskState {
    /// The folder of the student's files.
    pub folder: Option<String>,
    /// Which checks passed the last time.
    pub checks: Vec<bool>,
    /// Whether all of them ever did.
    pub passed: bool,
    /// How many hints were given, by the check's number from 0.
    pub hints: BTreeMap<usize, usize>,
    /// When it was last started or checked, in seconds since 1970.
    pub when: u64,
}

impl Kept for TaskRecord {
    const VERSION: u32 = 1;
    const WHAT: &'static str = "what you did in the tasks";
}

impl TaskRecord {
    /// Reads it, unless it makes no sense or is not ours.
    pub fn read() -> Result<TaskRecord, Unread> {
        progress::load(FILE)
    }

    /// Changes what is kept of a task, which is the last one from now on; or why nothing is kept, in a sentence.
    pub fn change(key: &str, how: impl FnOnce(&mut TaskState)) -> Result<(), String> {
        progress::change(FILE, |record: &mut TaskRecord| {
            let state = record.tasks.entry(key.to_owned()).or_default();
            state.when = progress::now();
            how(state);
            record.version = TaskRecord::VERSION;
            record.last = Some(key.to_owned());
        })
    }

    /// Forgets all of them.
    pub fn reset() -> io::Result<()> {
        progress::forget(FILE)
    }

    /// Forgets a task; or why it can't be forgotten, in a sentence.
    pub fn forget(key: &str) -> Result<(), String> {
        progress::change(FILE, |record: &mut TaskRecord| {
            record.version = TaskRecord::VERSION;
            record.tasks.remove(key);
            record.last.take_if(|last| last == key);
        })
    }
}
