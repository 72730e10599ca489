//! What a student has done, kept between runs: one small file in the state folder, replaced whole and
//! atomically. A file that can't be read or written never stops a lesson; it is said once.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::kernel::{files, process};
use crate::stage::record;

/// All lessons that were begun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub version: u32,
    pub lessons: BTreeMap<String, Done>,
}

/// How far a lesson was played.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Steps played in the last run.
    pub steps: usize,
    /// Whether it was ever played to the end.
    pub done: bool,
    /// Whether resuming was offered since then.
    pub offered: bool,
}

fn path() -> io::Result<PathBuf> {
    Ok(record::state_folder()?.join("progress.json"))
}

/// The file whose lock is the turn to change the progress. It holds nothing and stays.
fn turn() -> io::Result<fs::File> {
    let path = path()?;
    if let Some(folder) = path.parent() {
        files::private_folders(folder)?;
    }
    fs::OpenOptions::new().create(true).append(true).open(path.with_extension("lock"))
}

impl Progress {
    /// Reads it; a missing file is no progress yet.
    ///
    /// # Errors
    /// There is a file and it makes no sense, or no folder to look in: what to tell.
    pub fn read() -> Result<Progress, String> {
        let path = path().map_err(|error| format!("progress is not kept: {error}"))?;
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Progress::default()),
            text => {
                text.map_err(|error| format!("progress can't be read from {}: {error}", path.display()))?
            }
        };
        serde_json::from_slice(&text)
            .map_err(|_| format!("{} made no sense and is begun anew", path.display()))
    }

    /// Changes one lesson's progress, atomically: another run sees the old file or the new one, and two that
    /// change it at the same time take turns, so that no change is lost.
    ///
    /// # Errors
    /// What to tell: nothing was changed.
    pub fn change(lesson: &str, change: impl FnOnce(&mut Done)) -> Result<(), String> {
        let turn = turn().map_err(|error| format!("progress is not kept: {error}"))?;
        files::lock_in_turn(&turn);
        let mut progress = Progress::read().unwrap_or_default();
        progress.version = 1;
        change(progress.lessons.entry(lesson.into()).or_default());
        progress.write().map_err(|error| format!("progress is not kept: {error}"))
    }

    fn write(&self) -> io::Result<()> {
        let path = path()?;
        let new = path.with_extension(format!("{}.new", process::own_pid()));
        let written = fs::write(&new, serde_json::to_vec(self)?).and_then(|()| fs::rename(&new, &path));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// The file system's own.
    pub fn reset() -> io::Result<()> {
        match fs::remove_file(path()?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
