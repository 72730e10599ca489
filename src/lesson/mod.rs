//! What is taught, as types: lessons, steps, calls, claims and outcomes. This room parses and compares; it
//! makes no system call, prints nothing and forks nothing.

mod call;
mod check;
mod expect;
mod file;
mod functions;
mod judge;
mod mistake;
mod outcome;
mod parse;

pub use call::{Call, Deed, Expr, quote};
pub use expect::{Expect, Look};
use expect::{expect, look};
pub use file::read;
pub use functions::{Function, Yields};
pub use judge::{Verdict, judge};
pub use mistake::Mistake;
pub use outcome::{Bindings, Fault, Outcome, Value, as_text};
use parse::call;

/// The role of stage directions: the lab itself, which never touches a segment.
pub const LAB: &str = "lab";

/// One lesson: a claim told step by step.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The word it is called by: `sheet`.
    pub name: String,
    pub title: String,
    pub goal: String,
    pub input: Option<Input>,
    pub steps: Vec<Step>,
}

/// What a lesson asks the student for before it starts.
#[derive(Debug, Clone)]
pub struct Input {
    /// The name that holds the answer.
    pub name: String,
    pub prompt: String,
    pub default: String,
    /// The longest answer, in bytes.
    pub max: usize,
}

/// One step: who makes which call, what will happen, and the sentence that it proves.
#[derive(Debug, Clone)]
pub struct Step {
    pub who: String,
    pub call: Call,
    pub expect: Expect,
    pub look: Vec<Look>,
    /// What it means, told after it happened.
    pub say: String,
    /// A question before it happens.
    pub ask: Option<String>,
    /// The longer explanation behind a key.
    pub more: Option<String>,
    /// The theory the sheet prints beside this call.
    pub theory: Option<String>,
}

impl Input {
    /// Whether an answer can be stored: not too long, text, and without a NUL.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn accepts(&self, answer: &[u8]) -> Result<(), String> {
        if answer.len() > self.max {
            return Err(format!(
                "the message is {} bytes long, and the segment has room for {} and the NUL that ends them",
                answer.len(),
                self.max
            ));
        }
        if answer.contains(&0) {
            return Err("the message holds a NUL, which would end it".into());
        }
        if std::str::from_utf8(answer).is_err() {
            return Err("the message is not text (UTF-8)".into());
        }
        Ok(())
    }
}

impl Step {
    /// Whether the step's call uses this name.
    pub fn needs(&self, name: &str) -> bool {
        self.call.names().contains(&name)
    }
}

/// The lessons in this binary: file name and text, in reading order.
pub const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));
