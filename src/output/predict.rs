//! A step's prediction in words: what can be answered before the call, and after it what was said, whether it is so,
//! and why not. The words are the quiz's. Pure functions; what is right comes from the step's own event.

use super::layout::INDENT;
use super::line::{Line, Piece, Style, ink, labelled, plain};
use super::phrase::filled;
use super::quiz::{choices, given, right_answer};
use crate::facts::event::Event;
use crate::facts::outcome::Bindings;
use crate::lesson::Verdict;
use crate::quiz::answer::{Given, same, typed_option};
use crate::quiz::decide::{Decision, decide};
use crate::quiz::draw::Asked;
use crate::quiz::judge::is_right;
use crate::quiz::proof::Proof;
use crate::text::columns;

/// What became of a step's question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Answered {
    /// No person was there to be asked, or the step asks nothing.
    #[default]
    NotAsked,
    Given(Given),
    /// How many of a room said what: an option's label or, where there are no options, a number; and a count.
    Hands(Vec<(usize, usize)>),
}

/// A step that was played: what happened, what its claims came to, and what became of its question.
#[derive(Debug)]
pub struct PlayedStep {
    pub event: Event,
    pub verdict: Verdict,
    pub answered: Answered,
}

impl PlayedStep {
    /// Whether no claim broke.
    pub fn held(&self) -> bool {
        self.verdict.broken.is_empty()
    }
}

const BETWEEN: &str = "      ";

/// The options with their labels; all in one row if a page of this number of columns has room for that. None for a number.
pub fn options(asked: &Asked<'_>, names: &Bindings, page: Option<usize>) -> Vec<Line> {
    if asked.labels() == 0 {
        return Vec::new();
    }
    let labels = (1..).zip(choices(asked));
    let texts: Vec<_> = labels.map(|(label, text)| format!("{label}  {}", filled(&text, names))).collect();
    let row = texts.join(BETWEEN);
    match page {
        Some(width) if columns(&row) + INDENT <= width => vec![labelled("", row)],
        _ => texts.into_iter().map(|text| labelled("", text)).collect(),
    }
}

/// What the step decides about its question.
pub fn decided(asked: &Asked<'_>, step: &PlayedStep) -> Decision {
    decide(asked.item, &Proof::of_step(step.event.clone(), &step.verdict))
}

/// Whether an answer was right; none where the step decided nothing, or got no answer.
pub fn right(asked: &Asked<'_>, step: &PlayedStep) -> Option<bool> {
    let Answered::Given(given) = &step.answered else { return None };
    match decided(asked, step) {
        Decision::Skipped(_) | Decision::Invalid(_) => None,
        decision => Some(is_right(given, &decision)),
    }
}

/// The right answer, where the step decided it.
pub fn answer(asked: &Asked<'_>, step: &PlayedStep) -> Option<String> {
    match decided(asked, step) {
        Decision::Skipped(_) | Decision::Invalid(_) => None,
        decision => Some(filled(&right_answer(asked, &decision), &step.event.names)),
    }
}

/// After the call: what was said, whether it is so, and for another answer why it is not.
pub fn said(asked: &Asked<'_>, step: &PlayedStep) -> Vec<Line> {
    let fill = |text: &str| filled(text, &step.event.names);
    let Some(right) = answer(asked, step) else {
        let unseen = "the kernel gave no evidence for one of the options";
        let why = step.verdict.skipped.as_deref().unwrap_or(unseen);
        return vec![labelled("ANSWER", format!("this run can't tell: {why}"))];
    };
    let decision = decided(asked, step);
    match &step.answered {
        Answered::NotAsked => vec![labelled("ANSWER", right)],
        Answered::Given(Given::Skipped) => vec![labelled("YOU SAID", format!("don't know. It is {right}"))],
        Answered::Given(answer) => {
            let mut pieces = vec![plain(format!("{}  ", fill(&given(asked, answer))))];
            let is_right = is_right(answer, &decision);
            if is_right {
                pieces.push(ink(Style::Good, "Right."));
            } else {
                pieces.extend([ink(Style::Bad, "Not this time:"), plain(format!(" it is {right}"))]);
            }
            let reason = reason(asked, answer).filter(|_| !is_right).map(|why| labelled("", fill(why)));
            std::iter::once(Line::Labelled { label: "YOU SAID", pieces }).chain(reason).collect()
        }
        Answered::Hands(hands) => vec![room(asked, hands, &decision), labelled("ANSWER", right)],
    }
}

/// WHY: the reason of an answer that was right, where the lesson has one.
pub fn reason_of_right(asked: &Asked<'_>, step: &PlayedStep) -> Option<Line> {
    let Answered::Given(answer) = &step.answered else { return None };
    let why = reason(asked, answer).filter(|_| right(asked, step) == Some(true));
    why.map(|why| labelled("WHY", filled(why, &step.event.names)))
}

/// What would have to be true for the answer to be right, where the lesson knows it.
fn reason<'a>(asked: &Asked<'a>, answer: &Given) -> Option<&'a str> {
    let options = &asked.question().options;
    let option = match answer {
        Given::Options(places) => options.get(*places.first()?)?,
        Given::Typed(text) => options.get(typed_option(asked, text)?)?,
        _ => return None,
    };
    Some(option.why.as_str()).filter(|why| !why.is_empty())
}

/// How many of a room said what.
fn room(asked: &Asked<'_>, hands: &[(usize, usize)], decision: &Decision) -> Line {
    let right = |said: &usize| match decision {
        Decision::Options(places) => places.contains(&(said - 1)),
        Decision::Answer(answer) => same(&said.to_string(), answer),
        _ => false,
    };
    let said: Vec<usize> = match asked.labels() {
        0 => hands.iter().map(|(number, _)| *number).collect(),
        options => (1..=options).collect(),
    };
    let mut pieces: Vec<Piece> = Vec::new();
    for label in said {
        let count = hands.iter().find(|(other, _)| *other == label).map_or(0, |(_, count)| *count);
        let colour = if right(&label) { Style::Good } else { Style::Plain };
        pieces.push(ink(colour, format!("{label}: {count}  ")));
    }
    Line::Labelled { label: "THE ROOM", pieces }
}
