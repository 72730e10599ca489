//! Programs that a student has written, built and judged: they are played in a jail under lab's tracer, as often as
//! their task has checks, and what the kernel saw of them decides. It words nothing, and nothing of the student's is
//! changed: whatever is built and played is a copy.

mod build;
mod every_order;
mod examine;
mod judge;
mod orders;
mod play;
pub mod player;
pub mod record;
pub mod submission;
pub mod try_compiler;

use serde::{Deserialize, Serialize};

pub use examine::{Examined, examine};
pub use judge::{Broken, Found, judge};
pub use submission::Submission;

use crate::facts::event::Source;
use crate::orders::Reached;
use crate::orders::step::{self, Fate};
use crate::sys::jail::Walls;
use crate::trace::End;
use crate::trace::findings::Diagnosis;

/// How a program of a play ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    Exited(i32),
    Killed(i32),
    /// It did not run, because one before it did not end.
    #[default]
    NotStarted,
    /// Its time was up.
    Running,
    /// It could not be run, and the errno.
    Unrunnable(i32),
}

/// One program in one play.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    pub role: String,
    pub ended: Ended,
    /// What it printed, and what of that on standard error.
    pub printed: Vec<u8>,
    pub complained: Vec<u8>,
    /// Where it crashed, if it did.
    pub crash: Option<Source>,
}

/// A segment that was still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub shmid: i32,
    pub maker: Option<String>,
    pub place: Option<Source>,
}

/// A finding of the tracer's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub name: String,
    /// What it means for this program, in words.
    pub means: String,
    pub place: Option<Source>,
}

/// What words a play's findings and waits, since this room words nothing.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// What a finding means for this program.
    pub means: fn(&Diagnosis) -> String,
    /// What each process was doing when the time was up.
    pub late: fn(&End) -> Vec<String>,
}

/// What came of one play.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Played {
    pub programs: Vec<Ran>,
    pub segments: Vec<Left>,
    pub semaphores: usize,
    pub findings: Vec<Finding>,
    /// Processes that were running when the programs had ended; lab ended them.
    pub stayed: usize,
    /// Seconds after which lab ended the play, and what each process was doing, in words.
    pub late: Option<(u64, Vec<String>)>,
    /// Whether the call that was to fail was made.
    pub failed: bool,
    pub walls: Walls,
    pub values: Values,
    /// Of a check that was played in every order.
    pub tried: Option<Tried>,
}

/// Orders that were played, of which this play is one: the first bad one, or else any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    pub reached: Reached,
    /// Orders that lab ended because they were too long; nothing follows from these.
    pub cut: usize,
    /// No order came to its end.
    pub none: bool,
    /// Where no process could go on: the role of each, and what it waited for.
    pub stuck: Vec<(String, Fate)>,
    /// The number of the first bad order, and that order.
    pub bad: Option<(usize, step::Played)>,
}

/// What the words in braces stand for, others in every play: `{message}`, `{number}`, and `{twice}` of that.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    message: String,
    number: u64,
}

impl Values {
    /// A text with the values in their places.
    pub fn fill(&self, text: &str) -> String {
        text.replace("{message}", &self.message)
            .replace("{number}", &self.number.to_string())
            .replace("{twice}", &(2 * self.number).to_string())
    }
}
