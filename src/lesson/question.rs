//! A quiz question as data: what is asked, what may be answered, and the calls that decide. Except in theory there
//! is not a field for the right answer: which option is right is what the kernel does when the proof is played.

use std::collections::BTreeMap;
use std::ops::Range;

use super::call::Expr;
use super::expect::{Expect, FactCheck, Op};
use super::functions::ReturnType;
use super::{Action, User};
use crate::constants::Name;
use crate::diagnostic::Diagnostic;
use crate::facts::outcome::Bindings;

/// A file of questions about one topic.
#[derive(Debug, Clone)]
pub struct Bank {
    /// Its file name, as mistakes show it.
    pub file: String,
    /// The whole path, for a file from outside: progress is kept under it.
    pub origin: Option<String>,
    /// Its text, so that a mistake found later can be shown in its line.
    pub text: String,
    /// One word: what `--topic` takes.
    pub topic: String,
    pub title: String,
    pub questions: Vec<Question>,
}

#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Stable: progress is kept under it.
    pub id: String,
    pub kind: QuestionKind,
    /// 1 easy, 2, 3 hard.
    pub level: usize,
    /// Misconceptions of the syllabus, by number.
    pub covers: Vec<usize>,
    /// The lesson and its step to go back to.
    pub lesson: (String, usize),
    pub ask: String,
    pub hint: Option<String>,
    /// The reason for the right answer, where no option carries it.
    pub why: Option<String>,
    /// Roles that are played by another user than the student.
    pub users: BTreeMap<String, User>,
    /// Limits of the proof's sandbox.
    pub limits: Vec<(String, u64)>,
    /// What the machine must be able to do for the proof.
    pub needs: Vec<&'static Name>,
    /// What names stand for before the first line.
    pub names: Bindings,
    /// What is played. The last line is the one that is asked about, in questions with options.
    pub prove: Vec<Played>,
    /// Whether the calls are shown only after the answer, since they would give it away.
    pub hidden: bool,
    pub options: Vec<Choice>,
    /// Whether the options keep their order.
    pub order_matters: bool,
    /// The fact that a number question reads; without one, what the last call returned.
    pub read: Option<FactCheck>,
    /// Lines that the student puts in order, in an order that works.
    pub order: Vec<Played>,
    /// What must be true after the last of them.
    pub goal: Vec<FactCheck>,
    /// A program in C, line by line.
    pub listing: Vec<String>,
    /// Where to read what no run can prove.
    pub source: Option<String>,
    /// Where the file has its id.
    pub place: Range<usize>,
}

/// How a question is asked and what decides it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QuestionKind {
    /// One option: what the last call of the proof does.
    #[default]
    Predict,
    /// A number or a text, typed.
    Number,
    /// All options that are true.
    Several,
    /// Lines to be put in order.
    Order,
    /// A line of a listing.
    Bug,
    /// One option, by the book.
    Theory,
}

/// The kinds and their names in a file.
pub const KINDS: [(&str, QuestionKind); 6] = [
    ("predict", QuestionKind::Predict),
    ("number", QuestionKind::Number),
    ("several", QuestionKind::Several),
    ("order", QuestionKind::Order),
    ("bug", QuestionKind::Bug),
    ("theory", QuestionKind::Theory),
];

/// A line of a proof: who makes which call, and the outcome that its author expects.
#[derive(Debug, Clone)]
pub struct Played {
    /// As it is written in the file.
    pub text: String,
    pub action: Action,
    /// The line of the listing that this is.
    pub listed: Option<usize>,
    pub place: Range<usize>,
}

/// What must be true for an option to be right.
#[derive(Debug, Clone)]
pub struct Claim {
    /// As it is written in the file.
    pub text: String,
    pub outcome: Option<Expect>,
    pub looks: Vec<FactCheck>,
}

#[derive(Debug, Clone)]
pub struct Choice {
    /// None where nothing is played: in theory, and for a line of a listing.
    pub is: Option<Claim>,
    /// How it is shown, instead of the claim in plain words.
    pub say: Option<String>,
    /// Why it is right, or what would have to be true for it to be right; empty for a step's right option, since the
    /// step says why.
    pub why: String,
    /// In theory only: it is the right one.
    pub right: bool,
    /// In a listing only: which line it is about.
    pub line: Option<usize>,
    pub place: Range<usize>,
}

impl Played {
    /// As it is shown: who makes which call.
    pub fn who_and_call(&self) -> String {
        format!("{}: {}", self.action.who, self.action.call)
    }
}

impl Claim {
    /// What the claim compares with for equality, if that is all it claims: 100 for `mapped == 100`.
    pub fn compared(&self) -> Option<&Expr> {
        match (&self.outcome, self.looks.as_slice()) {
            (Some(Expect::Value(Op::Equal, value)), []) => Some(value),
            (None, [FactCheck { is: Some((Op::Equal, value)), .. }]) => Some(value),
            _ => None,
        }
    }
}

impl QuestionKind {
    /// Its name in a file.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

impl Bank {
    /// A mistake at a place of this file.
    pub fn diagnostic(&self, place: &Range<usize>, what: String, help: Option<String>) -> Diagnostic {
        Diagnostic::at(&self.file, &self.text, place.clone(), what, help)
    }
}

impl Question {
    /// Whether what is typed is a number rather than a text.
    pub fn is_about_a_number(&self) -> bool {
        let text = self.prove.last().is_some_and(|line| line.action.call.yields() == ReturnType::Text);
        self.kind == QuestionKind::Number && (self.read.is_some() || !text)
    }

    /// Whether it is a step's of a lesson, and its proof the steps up to it.
    pub fn is_step(&self) -> bool {
        self.id == format!("{}/{}", self.lesson.0, self.lesson.1)
    }

    /// Every line that is played, in the file's order.
    pub fn lines(&self) -> impl Iterator<Item = &Played> {
        self.prove.iter().chain(&self.order)
    }
}
