//! What a student has done, kept between runs: one small file in the state folder, replaced whole and
//! atomically. A file that can't be read or written never stops a lesson; it is said once.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
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

/// The lessons' file in the state folder.
const FILE: &str = "progress.json";

fn path(file: &str) -> io::Result<PathBuf> {
    Ok(record::state_folder()?.join(file))
}

/// Reads a file of the state folder; a missing one is nothing yet.
///
/// # Errors
/// There is a file and it makes no sense, or no folder to look in: what to tell.
pub fn load<T: Default + DeserializeOwned>(file: &str) -> Result<T, String> {
    let path = path(file).map_err(|error| format!("progress is not kept: {error}"))?;
    let text = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(T::default()),
        text => text.map_err(|error| format!("progress can't be read from {}: {error}", path.display()))?,
    };
    serde_json::from_slice(&text).map_err(|_| format!("{} made no sense and is begun anew", path.display()))
}

/// Changes a file of the state folder, atomically: another run sees the old file or the new one, and two that
/// change it at the same time take turns, so that no change is lost.
///
/// # Errors
/// What to tell: nothing was changed.
pub fn change<T: Default + Serialize + DeserializeOwned>(
    file: &str,
    change: impl FnOnce(&mut T),
) -> Result<(), String> {
    let changed = || {
        let path = path(file)?;
        if let Some(folder) = path.parent() {
            files::private_folders(folder)?;
        }
        // Its lock is the turn. It holds nothing and stays.
        let turn = fs::OpenOptions::new().create(true).append(true).open(path.with_extension("lock"))?;
        files::lock_in_turn(&turn);
        let mut what = load(file).unwrap_or_default();
        change(&mut what);
        let new = path.with_extension(format!("{}.new", process::own_pid()));
        let written = fs::write(&new, serde_json::to_vec(&what)?).and_then(|()| fs::rename(&new, &path));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written
    };
    changed().map_err(|error: io::Error| format!("progress is not kept: {error}"))
}

/// Removes a file of the state folder, if it is there.
///
/// # Errors
/// The file system's own.
pub fn forget(file: &str) -> io::Result<()> {
    match fs::remove_file(path(file)?) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl Progress {
    /// Reads it; a missing file is no progress yet.
    ///
    /// # Errors
    /// As for [`load`].
    pub fn read() -> Result<Progress, String> {
        load(FILE)
    }

    /// Changes one lesson's progress.
    ///
    /// # Errors
    /// As for [`change`].
    pub fn change(lesson: &str, how: impl FnOnce(&mut Done)) -> Result<(), String> {
        change(FILE, |progress: &mut Progress| {
            progress.version = 1;
            how(progress.lessons.entry(lesson.into()).or_default());
        })
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// As for [`forget`].
    pub fn reset() -> io::Result<()> {
        forget(FILE)
    }
}
