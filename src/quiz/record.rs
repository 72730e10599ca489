//! What was answered, kept between runs in the state folder and replaced whole after every answer: an interrupted
//! quiz goes on where it stopped. The first answer to a question is never overwritten.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::progress::{self, Kept, Unread};

/// Its file in the state folder.
pub const FILE: &str = "quiz.json";
/// How many finished quizzes are kept.
const MAX_FINISHED: usize = 50;

/// Everything that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizRecord {
    pub version: u32,
    /// By the question's key.
    pub questions: BTreeMap<String, Known>,
    /// In the order in which they ended.
    pub finished: Vec<Score>,
    /// The one under way.
    pub open: Option<Open>,
    /// The last one that was taken to its end, with its answers.
    pub last: Option<Open>,
}

/// What is known of a question.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Whether the first answer was right.
    pub first: bool,
    /// Whether the last one was.
    pub last: bool,
    pub times: u32,
}

/// What is asked, as the command line wanted it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizOptions {
    pub topic: Option<String>,
    /// The file or folder the questions are from; none for those that come with lab.
    pub bank: Option<String>,
    pub missed: bool,
    pub exam: bool,
    #[serde(default)]
    pub due: bool,
    /// The lesson it is about, as the command line named it.
    #[serde(default)]
    pub lesson: Option<String>,
}

/// A quiz that was taken to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    pub wanted: QuizOptions,
    pub right: usize,
    pub asked: usize,
}

/// A quiz under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    pub wanted: QuizOptions,
    pub seed: u64,
    /// The questions' keys, in the order in which they are asked.
    pub keys: Vec<String>,
    pub marks: Vec<Mark>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub key: String,
    /// As typed; none if it was skipped.
    pub given: Option<String>,
    pub right: bool,
    pub hints: usize,
}

impl Score {
    pub fn percent(&self) -> usize {
        (self.right * 100).checked_div(self.asked).unwrap_or(0)
    }
}

impl Kept for QuizRecord {
    const VERSION: u32 = 1;
}

impl QuizRecord {
    /// Reads it, unless it makes no sense or lab has no place for it.
    pub fn read() -> Result<QuizRecord, Unread> {
        progress::load(FILE)
    }

    /// Changes it; or why nothing was changed, in a sentence.
    pub fn change(how: impl FnOnce(&mut QuizRecord)) -> Result<(), String> {
        progress::change(FILE, |record: &mut QuizRecord| {
            record.version = QuizRecord::VERSION;
            how(record);
        })
    }

    pub fn reset() -> std::io::Result<()> {
        progress::forget(FILE)
    }

    pub fn note(&mut self, mark: &Mark) {
        let known = self.questions.entry(mark.key.clone()).or_default();
        if known.times == 0 {
            known.first = mark.right;
        }
        known.last = mark.right;
        known.times += 1;
    }

    /// The quiz under way is over; the last one of the same kind before it.
    pub fn finish(&mut self, score: Score) -> Option<Score> {
        let before = self.finished.iter().rev().find(|known| known.wanted == score.wanted).cloned();
        self.open = None;
        self.finished.push(score);
        let extra = self.finished.len().saturating_sub(MAX_FINISHED);
        self.finished.drain(..extra);
        before
    }
}
