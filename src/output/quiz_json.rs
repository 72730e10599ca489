//! A quiz as JSON, one event a line, for tools. The format is versioned; fields are only ever added within a version.

use serde::Serialize;

use super::quiz::{self, Tally};
use super::reasons::{PlayedLine, played};
use crate::quiz::draw::{Asked, label};
use crate::quiz::judge::Judged;
use crate::quiz::record::{Mark, Score};

use super::screen::JSON_VERSION;

/// One event.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum QuizEvent<'a> {
    Start {
        version: u32,
        seed: u64,
        questions: usize,
        /// How many were answered before it was interrupted.
        answered: usize,
        exam: bool,
        not_asked: &'a [String],
    },
    Question {
        version: u32,
        number: usize,
        of: usize,
        id: &'a str,
        topic: &'a str,
        kind: &'a str,
        level: usize,
        ask: &'a str,
        code: Vec<String>,
        listing: &'a [String],
        options: Vec<Labelled>,
    },
    /// A hint, a line that was no answer, a warning.
    Note {
        version: u32,
        label: &'a str,
        text: &'a str,
    },
    Answer {
        version: u32,
        id: &'a str,
        /// As typed; null if it was skipped.
        given: Option<&'a str>,
        right: bool,
        hints: usize,
        answer: String,
        proof: Vec<PlayedLine<'a>>,
        lesson: &'a str,
        step: usize,
    },
    Stopped {
        version: u32,
        answered: usize,
        questions: usize,
    },
    End {
        version: u32,
        asked: usize,
        right: usize,
        percent: usize,
        hints: usize,
        skipped: usize,
        missed: Vec<&'a str>,
        /// The percentage of the last quiz of the same kind.
        before: Option<usize>,
    },
}

/// What a label stands for.
#[derive(Serialize)]
pub struct Labelled {
    /// The field has its name from the time when labels were letters.
    #[serde(rename = "letter")]
    label: char,
    text: String,
}

/// A question, before its answer.
pub fn question<'a>(asked: &'a Asked<'_>, number: usize, of: usize) -> QuizEvent<'a> {
    let question = asked.question();
    let choices = quiz::choices(asked).into_iter().enumerate();
    QuizEvent::Question {
        version: JSON_VERSION,
        number,
        of,
        id: &question.id,
        topic: &asked.item.bank.topic,
        kind: question.kind.name(),
        level: question.level,
        ask: &question.ask,
        code: quiz::code(question),
        listing: &question.listing,
        options: choices.map(|(at, text)| Labelled { label: label(at), text }).collect(),
    }
}

/// An answer and what the kernel said.
pub fn answer<'a>(asked: &'a Asked<'_>, mark: &'a Mark, judged: &'a Judged) -> QuizEvent<'a> {
    let question = asked.question();
    QuizEvent::Answer {
        version: JSON_VERSION,
        id: &question.id,
        given: mark.given.as_deref(),
        right: mark.right,
        hints: mark.hints,
        answer: quiz::answer(question, &judged.decision),
        proof: judged.proof.lines.iter().map(played).collect(),
        lesson: &question.lesson.0,
        step: question.lesson.1,
    }
}

/// The last line of a quiz that did not come to its end.
pub fn stopped(answered: usize, questions: usize) -> QuizEvent<'static> {
    QuizEvent::Stopped { version: JSON_VERSION, answered, questions }
}

/// The last line.
pub fn end<'a>(tally: &Tally, asked: &'a [Asked<'_>], marks: &[Mark]) -> QuizEvent<'a> {
    let Tally { score, hints, skipped, before } = tally;
    let missed = asked.iter().zip(marks).filter(|(_, mark)| !mark.right);
    QuizEvent::End {
        version: JSON_VERSION,
        asked: score.asked,
        right: score.right,
        percent: score.percent(),
        hints: *hints,
        skipped: *skipped,
        missed: missed.map(|(asked, _)| asked.question().id.as_str()).collect(),
        before: before.as_ref().map(Score::percent),
    }
}
