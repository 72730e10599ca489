//! What is taught, as types: lessons, steps, calls, claims and outcomes. This room parses and compares; it
//! makes no system call, prints nothing and forks nothing.

pub mod bank;
mod call;
mod check;
pub mod claim;
mod expect;
pub mod fields;
mod file;
mod functions;
mod judge;
mod line;
mod pace;
mod parse;
mod paths;
mod prediction;
mod question;
mod reader;
mod real_c;
pub mod table;
pub mod task;
mod token;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use crate::constants::Name;

pub use call::{Base, Call, Expr, Number, Statement};
pub use check::text_format;
use expect::expect;
pub use expect::{Expect, FactCheck, Op};
pub use file::{MAX_FILE_BYTES, name_of, read, syllabus};
pub use functions::{Function, ParamKind, ReturnType, SANDBOX_ONLY, Spec};
pub use judge::{Verdict, fact, holds, is_seen, judge};
use parse::call;
pub use paths::names_inside;
pub use question::{Bank, Choice, Claim, KINDS, Played, Question, QuestionKind};
pub use real_c::{InC, Param, Prototype, is_address, variable};

/// The role of stage directions: the lab itself, which never touches a segment.
pub const LAB: &str = "lab";

/// One lesson: a claim shown step by step.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The name it is called by: `sheet`.
    pub name: String,
    /// Its file, as mistakes show it; empty for a question's proof.
    pub file: String,
    /// What its progress is kept under: its name, or for a file from outside the whole path.
    pub key: String,
    /// Whether it came from a file: it is a stranger's, and leaves the sandbox only when that is asked for.
    pub outside: bool,
    pub title: String,
    pub goal: String,
    pub part: Part,
    /// What the student knows after it, where its author says so.
    pub learned: Option<String>,
    pub input: Option<Input>,
    /// What stays behind, and what you do with it: said at the end.
    pub stays: Option<String>,
    /// For the speaker of a demonstration.
    pub notes: Option<Notes>,
    pub script: Script,
    /// What is said beside each action of the script, one each.
    pub words: Vec<Words>,
    /// What the steps ask and the student answers: the lesson as a bank of questions, each proved by the actions up to
    /// its step.
    pub bank: Bank,
}

/// Which part of the path a lesson belongs to, in the order in which they are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What a student needs to write the sheet's programs, and to tell what is wrong with them.
    Core,
    Further,
}

/// The parts and their names in a file.
pub const PARTS: [(&str, Part); 2] = [("core", Part::Core), ("further", Part::Further)];

/// Which user plays a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Never root: the student, or as root a user without privileges.
    Ordinary,
    /// Another user than the ordinary one.
    Other,
}

/// One entry of the syllabus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misconception {
    pub number: usize,
    /// What students believe.
    pub belief: String,
    /// Why no step shows it to be wrong, where none can.
    pub reason: Option<String>,
}

/// A speaker's notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes {
    pub say: Vec<String>,
    /// What students usually answer.
    pub answers: String,
    /// Which manual page to show.
    pub page: String,
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

/// What is played, and on which ground: all that a lesson, a question's proof and a validation have in common.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// Whether it may be played in the machine's own namespace: it uses only segments and keys of its own.
    pub host: bool,
    /// Limits of its sandbox, such as `("shmmni", 3)`.
    pub limits: Vec<(String, u64)>,
    /// Roles that are played by another user than the student.
    pub users: BTreeMap<String, User>,
    /// The lesson whose segments outlive a run that was played to its end, for another program to find; none: a run
    /// leaves no segment.
    pub leaves: Option<String>,
    pub actions: Vec<Action>,
}

/// Who makes which call, and what will happen.
#[derive(Debug, Clone)]
pub struct Action {
    pub who: String,
    pub call: Call,
    pub expect: Expect,
    pub look: Vec<FactCheck>,
    /// What the machine must be able to do; without it the action is skipped.
    pub needs: Vec<&'static Name>,
    /// How often it may be played until it comes out as expected.
    pub tries: usize,
}

/// What a step says beside its action.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// What it means, shown after it happened.
    pub say: String,
    /// The same where none of its tries came out as expected.
    pub otherwise: Option<String>,
    /// A question before it happens.
    pub ask: Option<String>,
    /// Its place in the lesson's bank, if the student answers it.
    pub question: Option<usize>,
    /// The sheet's own line, where it differs from the call.
    pub sheet: Option<String>,
    /// Whether it only tidies up, and is played without a pause.
    pub tidy: bool,
    /// The longer explanation behind a key.
    pub more: Option<String>,
    /// The step's own C, where its author wrote it down.
    pub c: Option<String>,
    /// The theory the sheet prints beside this call.
    pub theory: Option<String>,
    /// Misconceptions of the syllabus that this step shows to be wrong, by number.
    pub covers: Vec<usize>,
}

/// One step: an action, and the sentence that it proves.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    pub action: &'a Action,
    pub words: &'a Words,
}

impl Input {
    /// Whether an answer can be stored, because it is not too long, text, and without a NUL; or why not.
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

impl Lesson {
    /// The steps that make the call this lesson is named after; none for a lesson with another kind of name.
    pub fn demonstrates(&self) -> impl Iterator<Item = Step<'_>> {
        self.steps().filter(|step| step.action.shows(&self.name))
    }

    /// The misconceptions that its steps show to be wrong, by number.
    pub fn covers(&self) -> BTreeSet<usize> {
        self.words.iter().flat_map(|words| &words.covers).copied().collect()
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Its steps, in order.
    pub fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        self.script.actions.iter().zip(&self.words).map(|(action, words)| Step { action, words })
    }

    /// What the step at this place, from 0, has the student answer.
    pub fn question(&self, at: usize) -> Option<&Question> {
        self.bank.questions.get(self.words.get(at)?.question?)
    }

    /// The step at this place, from 0.
    pub fn step(&self, at: usize) -> Step<'_> {
        Step { action: &self.script.actions[at], words: &self.words[at] }
    }
}

impl Part {
    /// Its name in a file.
    pub fn name(self) -> &'static str {
        PARTS.iter().find(|(_, part)| *part == self).map_or("", |(name, _)| name)
    }
}

impl Action {
    /// Whether it makes the call of this name. `write` stands for every store and copy.
    pub fn shows(&self, name: &str) -> bool {
        match name {
            "write" => matches!(self.call.name(), "store" | "strcpy" | "assign"),
            name => self.call.name() == name,
        }
    }

    /// Whether it is there to fail: with an errno, or with a signal.
    pub fn fails(&self) -> bool {
        matches!(self.expect, Expect::Errno(_) | Expect::Signal(_))
    }

    /// Who makes the call: one role, or two at the same time.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.who.split('&').map(str::trim)
    }

    /// Whether the step's call uses this name.
    pub fn needs(&self, name: &str) -> bool {
        self.call.names().contains(&name)
    }
}

/// The lessons in this binary: file name and text, in reading order.
pub const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

/// The question banks in this binary: file name and text, by name.
pub const SHIPPED_BANKS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/quiz.rs"));

/// The two programs of the sheet, each for a terminal of its own: file name and text, by name.
pub const SHIPPED_TERMINALS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/terminals.rs"));
/// A task's name, and each file's path in the task's folder and its bytes.
pub type ShippedTask = (&'static str, &'static [(&'static str, &'static [u8])]);

/// The tasks in this binary.
pub const SHIPPED_TASKS: &[ShippedTask] = include!(concat!(env!("OUT_DIR"), "/tasks.rs"));
