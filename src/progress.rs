//! What a student has done, kept between runs: one small file in the state folder, replaced whole and
//! atomically. A file that can't be read or written, or is not ours alone, never stops a lesson; it is said once.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error;
use crate::sys::own_files::NotKept;
use crate::sys::{files, state_dir};

/// All lessons that were begun.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub version: u32,
    pub lessons: BTreeMap<String, LessonProgress>,
}

/// How far a lesson was played.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonProgress {
    /// Steps played in the last run.
    pub steps: usize,
    /// Whether it was ever played to the end.
    pub done: bool,
    /// Whether resuming was offered since then.
    pub offered: bool,
}

/// The lessons' file in the state folder.
const FILE: &str = "progress.json";

/// Why nothing was read, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It made no sense, and the next change begins it anew.
    Senseless(String),
    /// There is no place for it that is ours: nothing is kept.
    NotKept(String),
}

impl Unread {
    /// Whether what is done from now on can be kept.
    pub fn is_begun_anew(&self) -> bool {
        matches!(self, Unread::Senseless(_))
    }

    pub fn words(self) -> String {
        let (Unread::Senseless(words) | Unread::NotKept(words)) = self;
        words
    }
}

/// The sentence for lab's folder, or for a file in it.
fn not_kept(unkept: NotKept) -> String {
    let why = match unkept {
        NotKept::Alone(why) => why,
        NotKept::System(error) => error::plain(&error),
    };
    format!("progress is not kept: {why}")
}

/// Reads a file of the state folder; a missing one is nothing yet.
///
/// # Errors
/// There is a file and it makes no sense or is not ours, or no folder to look in.
pub fn load<T: Default + DeserializeOwned>(file: &str) -> Result<T, Unread> {
    let state = match state_dir::existing() {
        Ok(Some(state)) => state,
        Ok(None) => return Ok(T::default()),
        // Said of the records as well: one sentence for both.
        Err(NotKept::Alone(why)) => return Err(Unread::NotKept(state_dir::neither(&why))),
        Err(unkept) => return Err(Unread::NotKept(not_kept(unkept))),
    };
    match state.read(file) {
        Ok(None) => Ok(T::default()),
        Ok(Some(text)) => serde_json::from_slice(&text).map_err(|_| {
            let path = state.path(file);
            Unread::Senseless(format!("{} made no sense and is begun anew", path.display()))
        }),
        Err(NotKept::System(error)) => {
            let (path, why) = (state.path(file), error::plain(&error));
            Err(Unread::NotKept(format!("progress can't be read from {}: {why}", path.display())))
        }
        Err(unkept) => Err(Unread::NotKept(not_kept(unkept))),
    }
}

/// Changes a file of the state folder, atomically: another run sees the old file or the new one, and two that
/// change it at the same time take turns, so that no change is lost. A file that can't be read is not replaced.
///
/// # Errors
/// Why nothing was changed, in a sentence.
pub fn change<T: Default + Serialize + DeserializeOwned>(
    file: &str,
    change: impl FnOnce(&mut T),
) -> Result<(), String> {
    let state = state_dir::made().map_err(not_kept)?;
    // Its lock is the turn. It holds nothing and stays.
    let lock = Path::new(file).with_extension("lock").display().to_string();
    let turn = state.lock_file(&lock).map_err(not_kept)?;
    let in_turn = files::lock_in_turn(&turn);
    in_turn.map_err(|why| format!("progress is not kept: {}: {why}", state.path(&lock).display()))?;
    let mut what: T = match load(file) {
        Err(Unread::NotKept(why)) => return Err(why),
        read => read.unwrap_or_default(),
    };
    change(&mut what);
    let text = serde_json::to_vec(&what).map_err(|error| format!("progress is not kept: {error}"))?;
    state.replace(file, &text).map_err(not_kept)
}

/// Removes a file of the state folder, if it is there.
///
/// # Errors
/// It is not ours; the file system's own.
pub fn forget(file: &str) -> io::Result<()> {
    match state_dir::existing()? {
        Some(state) => Ok(state.remove(file)?),
        None => Ok(()),
    }
}

impl Progress {
    /// Reads it; a missing file is no progress yet.
    pub fn read() -> Result<Progress, Unread> {
        load(FILE)
    }

    /// Changes one lesson's progress.
    pub fn change(lesson: &str, how: impl FnOnce(&mut LessonProgress)) -> Result<(), String> {
        change(FILE, |progress: &mut Progress| {
            progress.version = 1;
            how(progress.lessons.entry(lesson.into()).or_default());
        })
    }

    /// Forgets everything.
    pub fn reset() -> io::Result<()> {
        forget(FILE)
    }
}
