//! What a student has done, kept between runs: one small file in the state folder, replaced whole and
//! atomically. A file that can't be read or written, is not ours alone or comes from a newer lab never stops a lesson; it is
//! said once.

mod recall;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error;
use crate::sys::own_files::NotKept;
use crate::sys::{self, files, state_dir};

pub use recall::Recall;

/// A file of the state folder that this lab can read in every version up to its own.
pub trait Kept: Default + Serialize + DeserializeOwned {
    /// The version that is written.
    const VERSION: u32;
    /// What is not kept where the file can't be read or written: what a sentence about that begins with.
    const WHAT: &'static str = "progress";
}

/// What is read of a file first.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// All lessons that were begun, and what the student remembers. Version 1 had of a lesson only `steps`, `done` and
/// `offered`, and no `recall`: what a file lacks is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub version: u32,
    pub lessons: BTreeMap<String, LessonProgress>,
    /// By the misconception's number in the syllabus.
    #[serde(default)]
    pub recall: BTreeMap<usize, Recall>,
}

/// How far a lesson was played. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonProgress {
    /// Steps played in the last run.
    pub steps: usize,
    /// Whether it was ever played to the end.
    pub done: bool,
    /// Whether resuming was offered since then.
    pub offered: bool,
    /// When it was last played.
    #[serde(default)]
    pub last: Option<u64>,
    /// The last prediction at each step, from 1.
    #[serde(default)]
    pub predictions: BTreeMap<usize, Prediction>,
}

/// What the student predicted at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    pub right: bool,
    pub when: u64,
}

impl Kept for Progress {
    const VERSION: u32 = 2;
}

impl LessonProgress {
    /// How many predictions were right, and how many were asked for.
    pub fn predicted(&self) -> (usize, usize) {
        (self.predictions.values().filter(|prediction| prediction.right).count(), self.predictions.len())
    }
}

/// The lessons' file in the state folder.
const FILE: &str = "progress.json";

/// Why nothing was read, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It made no sense, and the next change begins it anew.
    Senseless(String),
    /// lab has no place of its own for it, or a newer lab wrote it: nothing is kept.
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
fn not_kept<T: Kept>(unkept: NotKept) -> String {
    format!("{} is not kept: {}", T::WHAT, error::plain(&unkept.into()))
}

/// Reads a file of the state folder; a missing one is nothing yet.
///
/// # Errors
/// There is a file and it makes no sense, is a newer lab's or not ours; or the folder is missing.
pub fn load<T: Kept>(file: &str) -> Result<T, Unread> {
    let state = match state_dir::existing() {
        Ok(Some(state)) => state,
        Ok(None) => return Ok(T::default()),
        // Said of the records as well: one sentence for both.
        Err(NotKept::Alone(why)) => return Err(Unread::NotKept(state_dir::neither(&why))),
        Err(unkept) => return Err(Unread::NotKept(not_kept::<T>(unkept))),
    };
    match state.read(file) {
        Ok(None) => Ok(T::default()),
        Ok(Some(text)) => understood(&text, &state.path(file)),
        Err(NotKept::System(error)) => {
            let (path, why) = (state.path(file), error::plain(&error));
            Err(Unread::NotKept(format!("{} can't be read from {}: {why}", T::WHAT, path.display())))
        }
        Err(unkept) => Err(Unread::NotKept(not_kept::<T>(unkept))),
    }
}

/// A file's text as what it holds.
fn understood<T: Kept>(text: &[u8], path: &Path) -> Result<T, Unread> {
    let path = path.display();
    let senseless = |_| Unread::Senseless(format!("{path} made no sense and is begun anew"));
    let Versioned { version } = serde_json::from_slice(text).map_err(senseless)?;
    if version > T::VERSION.into() {
        return Err(Unread::NotKept(format!(
            "{} is not kept: a newer lab wrote {path} (version {version}), and this lab knows version {} at most and leaves the file alone",
            T::WHAT,
            T::VERSION
        )));
    }
    serde_json::from_slice(text).map_err(senseless)
}

/// Changes a file of the state folder, atomically: another run sees the old file or the new one, and two that
/// change it at the same time take turns, so that no change is lost. A file that can't be read is not replaced. The
/// error says why nothing was changed.
pub fn change<T: Kept>(file: &str, change: impl FnOnce(&mut T)) -> Result<(), String> {
    let state = state_dir::made().map_err(not_kept::<T>)?;
    // Its lock is the turn. It holds nothing and stays.
    let lock = Path::new(file).with_extension("lock").display().to_string();
    let turn = state.lock_file(&lock).map_err(not_kept::<T>)?;
    let in_turn = files::lock_in_turn(&turn);
    in_turn.map_err(|why| format!("{} is not kept: {}: {why}", T::WHAT, state.path(&lock).display()))?;
    let mut what: T = match load(file) {
        Err(Unread::NotKept(why)) => return Err(why),
        read => read.unwrap_or_default(),
    };
    change(&mut what);
    let text = serde_json::to_vec(&what).map_err(|error| format!("{} is not kept: {error}", T::WHAT))?;
    state.replace(file, &text).map_err(not_kept::<T>)
}

/// Removes a file of the state folder, if it is there and ours.
pub fn forget(file: &str) -> io::Result<()> {
    match state_dir::existing()? {
        Some(state) => Ok(state.remove(file)?),
        None => Ok(()),
    }
}

impl Progress {
    /// Reads it; a missing file means that you have not begun.
    pub fn read() -> Result<Progress, Unread> {
        load(FILE)
    }

    /// Changes one lesson's progress. Whoever does has played it.
    pub fn change(lesson: &str, how: impl FnOnce(&mut LessonProgress)) -> Result<(), String> {
        Progress::changed(|progress| {
            let lesson = progress.lessons.entry(lesson.into()).or_default();
            lesson.last = Some(now());
            how(lesson);
        })
    }

    fn changed(how: impl FnOnce(&mut Progress)) -> Result<(), String> {
        change(FILE, |progress: &mut Progress| {
            progress.version = Progress::VERSION;
            how(progress);
        })
    }

    /// Forgets one lesson: how far it was played, and its predictions. What the student remembers stays, since the quiz
    /// asked for it too.
    pub fn forget(lesson: &str) -> Result<(), String> {
        Progress::changed(|progress| {
            progress.lessons.remove(lesson);
        })
    }

    pub fn reset() -> io::Result<()> {
        forget(FILE)
    }
}

/// Seconds since 1970, by the system's clock.
pub fn now() -> u64 {
    sys::since_1970().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Progress, Unread> {
        understood(text.as_bytes(), Path::new("/p"))
    }

    #[test]
    fn a_file_of_version_1_is_read_whole() {
        let old = r#"{"version":1,"lessons":{"/a/own.toml":{"steps":2,"done":false,"offered":true},"sheet":{"steps":16,"done":true,"offered":false}}}"#;
        let progress = read(old).expect("an old file");
        let own = LessonProgress { steps: 2, offered: true, ..LessonProgress::default() };
        let sheet = LessonProgress { steps: 16, done: true, ..LessonProgress::default() };
        assert_eq!(progress.lessons["/a/own.toml"], own);
        assert_eq!(progress.lessons["sheet"], sheet);
        assert_eq!((progress.version, progress.recall.len()), (1, 0));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut progress = Progress { version: 2, ..Progress::default() };
        progress.note_prediction("ftok", 3, &[1, 5], Some(true), 1_800_000_000);
        progress.note_prediction("ftok", 4, &[2], None, 1_800_000_009);
        let text = serde_json::to_string(&progress).expect("JSON");
        assert_eq!(read(&text), Ok(progress));
    }

    #[test]
    fn a_newer_file_is_left_alone_whatever_it_holds() {
        for text in [r#"{"version":3,"lessons":[]}"#, r#"{"version":18446744073709551615}"#] {
            let Err(Unread::NotKept(words)) = read(text) else { panic!("{text} was taken") };
            assert!(words.contains("a newer lab wrote /p (version "), "{words}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_begun_anew() {
        let hostile = [
            "",
            "[]",
            r#"{"version":-1,"lessons":{}}"#,
            r#"{"version":2}"#,
            r#"{"version":2,"lessons":{},"recall":{"-1":{"right":true,"streak":1,"asked":1}}}"#,
            r#"{"version":2,"lessons":{},"recall":{"1":{"right":true,"streak":1,"asked":-1}}}"#,
        ];
        for text in hostile {
            assert!(read(text).is_err_and(|unread| unread.is_begun_anew()), "{text}");
        }
    }
}
