//! Questions for other tools, with what the kernel decided: what [`super::gift`] and [`super::markdown`] write from,
//! and JSON. Pure functions; what a format can't say is left out and named.

use serde::Serialize;

use super::phrase::way_to;
use super::quiz::{self, in_words};
use crate::lesson::{Choice, Played, Question, QuestionKind};
use crate::quiz::decide::Decision;
use crate::quiz::draw::Asked;
use crate::text::{Safe, filled_with};

/// A question with its answer, ready to be written out.
#[derive(Debug)]
pub struct Written<'a> {
    pub asked: Asked<'a>,
    pub decision: Decision,
}

impl Written<'_> {
    pub(super) fn question(&self) -> &Question {
        self.asked.question()
    }

    pub(super) fn right(&self, place: usize) -> bool {
        matches!(&self.decision, Decision::Options(right) if right.contains(&place))
    }
}

/// A reason. What is in braces has another value in each run, and stands for itself.
pub(super) fn reason_text(text: &str) -> String {
    filled_with(text, |name| Some(name.to_owned()))
}

/// Where to read on.
pub(super) fn back(question: &Question) -> String {
    let source = question.source.as_ref().map(|source| format!("; {source}"));
    way_to(&question.lesson) + &source.unwrap_or_default()
}

#[derive(Serialize)]
struct ExportBank<'a> {
    version: u32,
    questions: Vec<ExportRow<'a>>,
    left_out: &'a [String],
}

#[derive(Serialize)]
struct ExportRow<'a> {
    id: &'a str,
    topic: &'a str,
    kind: &'a str,
    level: usize,
    covers: &'a [usize],
    lesson: &'a str,
    step: usize,
    ask: &'a str,
    hint: Option<&'a str>,
    code: Vec<String>,
    listing: &'a [String],
    order: Vec<String>,
    options: Vec<Offered>,
    answer: String,
    why: Option<String>,
    source: Option<&'a str>,
    /// Whether a run has decided.
    proved: bool,
}

#[derive(Serialize)]
struct Offered {
    text: String,
    right: bool,
    line: Option<usize>,
    why: String,
}

/// JSON: one object, the options in the file's order.
pub fn json(questions: &[Written<'_>], left_out: &[String]) -> serde_json::Result<Safe> {
    let bank = ExportBank { version: 1, questions: questions.iter().map(row).collect(), left_out };
    Safe::json_over_lines(&bank)
}

fn row<'a>(written: &'a Written<'_>) -> ExportRow<'a> {
    let question = written.question();
    let option = |(place, option): (usize, &Choice)| Offered {
        text: in_words(option),
        right: written.right(place),
        line: option.line,
        why: reason_text(&option.why),
    };
    ExportRow {
        id: &question.id,
        topic: &written.asked.item.bank.topic,
        kind: question.kind.name(),
        level: question.level,
        covers: &question.covers,
        lesson: &question.lesson.0,
        step: question.lesson.1,
        ask: &question.ask,
        hint: question.hint.as_deref(),
        code: question.prove.iter().map(Played::who_and_call).collect(),
        listing: &question.listing,
        order: question.order.iter().map(Played::who_and_call).collect(),
        options: question.options.iter().enumerate().map(option).collect(),
        answer: quiz::answer(question, &written.decision),
        why: question.why.as_deref().map(reason_text),
        source: question.source.as_deref(),
        proved: question.kind != QuestionKind::Theory,
    }
}
