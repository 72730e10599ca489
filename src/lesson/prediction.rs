//! A step's question as a question of the quiz: the same options, the same judge, and for a proof the steps up to it. It
//! reads and plays nothing but what the step says.

use super::bank::{claimed, read_fact};
use super::check::Checker;
use super::fields::{AnswerFields, StepFields};
use super::line::claim;
use super::question::{Choice, Played, Question, QuestionKind};
use super::reader::{FileReader, Text};
use super::token::ParseError;
use super::{Action, Input, ReturnType, Script, Words};
use crate::facts::outcome::Value;

/// What a step has the student answer, as far as its own fields say it; none where it only asks, or asks nothing.
///
/// The checker knows the names that stand for something after the step.
pub(super) fn read(
    reader: &mut FileReader<'_>,
    checker: &Checker,
    step: &StepFields,
    action: &Action,
) -> Option<Question> {
    let place = place(step)?;
    if step.ask.is_none() {
        reader.wrong(ParseError::new(place, "there is nothing to answer: `ask` is missing"));
        return None;
    }
    let number = step.read.is_some();
    let fact = step.read.clone().and_then(|text| read_fact(reader, text));
    if let Some((text, fact)) = &fact {
        checker.names(reader, text, fact.names());
    }
    if let (Some(text), None, ReturnType::Text | ReturnType::Nothing) =
        (&step.read, &fact, action.call.yields())
    {
        let what = format!("`{}` returns no number that could be typed", action.call.name());
        reader.wrong(ParseError::new(text.span(), what).help("options can be answered with one key"));
    }
    if !number && step.options.len() < 2 {
        reader.wrong(ParseError::new(place.clone(), "at least two `options` are needed"));
    }
    let mut unexplained = step.options.iter().filter(|option| option.why.is_none());
    if let Some(second) = unexplained.nth(usize::from(!number)) {
        let what = "`why` is missing: only the right option can do without a reason";
        reader.wrong(ParseError::new(second.is.span(), what));
    }
    let options = step.options.iter().map(|option| choice(reader, checker, option)).collect();
    Some(Question {
        kind: if number { QuestionKind::Number } else { QuestionKind::Predict },
        level: 1,
        covers: step.covers.clone(),
        ask: step.ask.as_ref().map(|ask| ask.get_ref().clone()).unwrap_or_default(),
        options,
        order_matters: true,
        read: fact.map(|(_, fact)| fact),
        place,
        ..Question::default()
    })
}

/// Where the answers stand in the file.
fn place(step: &StepFields) -> Option<std::ops::Range<usize>> {
    let first = step.options.first().map(|option| option.is.span());
    step.read.as_ref().map(Text::span).or(first)
}

fn choice(reader: &mut FileReader<'_>, checker: &Checker, fields: &AnswerFields) -> Choice {
    let is = reader.parsed(&fields.is, claim);
    if let Some(claim) = &is {
        claimed(reader, checker, &fields.is, claim);
    }
    checker.texts(reader, &fields.why);
    let text = |text: &Option<Text>| text.as_ref().map(|text| text.get_ref().clone());
    Choice {
        is,
        say: text(&fields.say),
        why: text(&fields.why).unwrap_or_default(),
        right: false,
        line: None,
        place: fields.is.span(),
    }
}

/// The same with the lesson around it: the question of the step at this place, from 0, proved by all steps up to it.
pub(super) fn of_step(
    question: Question,
    (lesson, at): (&str, usize),
    script: &Script,
    input: Option<&Input>,
    words: &Words,
) -> Question {
    let played = |action: &Action| Played {
        text: format!("{}: {} -> {}", action.who, action.call, action.expect),
        action: action.clone(),
        listed: None,
        place: question.place.clone(),
    };
    let name = |input: &Input| (input.name.clone(), Value::Text(input.default.clone().into_bytes()));
    Question {
        id: format!("{lesson}/{}", at + 1),
        lesson: (lesson.to_owned(), at + 1),
        // Where the question is typed, the step's sentence is the reason.
        why: (question.kind == QuestionKind::Number).then(|| words.say.clone()),
        users: script.users.clone(),
        limits: script.limits.clone(),
        names: input.map(name).into_iter().collect(),
        prove: script.actions[..=at].iter().map(played).collect(),
        ..question
    }
}
