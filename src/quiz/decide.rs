//! What a proof decides: which answer is right, or why the question is none. Judged by what was played and never by a
//! field; it plays a question only where its author must see it pass.

use super::draw::Item;
use super::proof::{Proof, claims, in_file_order, prove};
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::facts::changes;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::lesson::{self, Choice, FactCheck, QuestionKind};

/// What the kernel made of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These options are right, by place.
    Options(Vec<usize>),
    /// This number or text is.
    Answer(Answer),
    /// This line of the listing is.
    Line(usize),
    /// Any order in which all goes well.
    Order,
    /// It can't be shown here, and why.
    Skipped(String),
    /// The question is wrong.
    Invalid(Vec<Diagnostic>),
}

/// The right answer to a number question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub right: Right,
    /// In the spelling that suits it: a mode in octal, a key in hex, a text in quotes.
    pub shown: String,
}

/// What the answer is, and so which other spellings are as good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Right {
    Number(i64),
    /// 32 bits: a negative spelling is as good.
    Key(i64),
    /// Octal, with a leading 0 or without.
    Mode(i64),
    Text(Vec<u8>),
}

/// What a proof decides. For an order: of the file's own.
pub fn decide(item: Item<'_>, proof: &Proof) -> Decision {
    let question = item.question;
    if let Some(why) = &proof.skipped {
        return Decision::Skipped(why.clone());
    }
    let mut lines = question.lines().zip(&proof.lines).filter(|(line, _)| line.listed.is_none());
    if let Some((line, what)) = lines.find_map(|(line, played)| Some((line, played.wrong.as_ref()?))) {
        let what = format!("this line does not go as it should: {what}");
        return Decision::Invalid(vec![item.bank.diagnostic(&line.place, what, None)]);
    }
    match question.kind {
        QuestionKind::Theory => {
            let right = question.options.iter().enumerate().filter(|(_, option)| option.right);
            Decision::Options(right.map(|(place, _)| place).collect())
        }
        QuestionKind::Predict | QuestionKind::Several => by_options(item, proof),
        QuestionKind::Number => by_answer(item, proof),
        QuestionKind::Order => proof.missed.clone().map_or(Decision::Order, |what| wrong(item, what)),
        QuestionKind::Bug => by_line(item, proof),
    }
}

/// Which options are true of what the last line came to; none where this machine gives no evidence.
fn options(item: Item<'_>, proof: &Proof) -> Vec<Option<bool>> {
    let Some(event) = proof.last() else { return Vec::new() };
    claims(item.question).map(|claim| lesson::holds(claim.outcome.as_ref(), &claim.looks, event)).collect()
}

fn by_options(item: Item<'_>, proof: &Proof) -> Decision {
    let (question, options, said) = (item.question, options(item, proof), said(proof));
    if options.contains(&None) || options.len() < question.options.len() {
        return Decision::Skipped("this machine gives no evidence for one of its options".into());
    }
    let right: Vec<usize> = (0..options.len()).filter(|at| options[*at] == Some(true)).collect();
    let several = question.kind == QuestionKind::Several;
    match right.as_slice() {
        [] => wrong(item, format!("the proof decides nothing, since no option is true: {said}")),
        [first, second, ..] if !several => {
            let claim = question.options[*first].is.as_ref().map_or("", |claim| claim.text.as_str());
            let what = format!("this option is true as well as `{claim}`: {said}");
            let help = "exactly one option may be true; a question of the kind `several` allows more";
            let place = &question.options[*second].place;
            Decision::Invalid(vec![item.bank.diagnostic(place, what, Some(help.into()))])
        }
        right if several && right.len() == question.options.len() => {
            wrong(item, format!("every option is true, so nothing is decided: {said}"))
        }
        _ => Decision::Options(right),
    }
}

fn by_answer(item: Item<'_>, proof: &Proof) -> Decision {
    let question = item.question;
    let unseen = |event: &Event| question.read.as_ref().is_some_and(|look| !lesson::is_seen(look, event));
    if proof.last().is_some_and(unseen) {
        return Decision::Skipped("this machine gives no evidence for what is asked".into());
    }
    let Some(answer) = proof.last().and_then(|event| answer(question.read.as_ref(), event)) else {
        return wrong(item, format!("the proof gives no number and no text: {}", said(proof)));
    };
    let judged = question.options.iter().zip(options(item, proof));
    let what = format!("a wrong answer is wanted here, and this is the right one: {}", answer.shown);
    let wrong: Vec<_> = judged
        .filter(|(_, holds)| *holds == Some(true))
        .map(|(option, _)| item.bank.diagnostic(&option.place, what.clone(), None))
        .collect();
    if wrong.is_empty() { Decision::Answer(answer) } else { Decision::Invalid(wrong) }
}

fn by_line(item: Item<'_>, proof: &Proof) -> Decision {
    let question = item.question;
    let broken = question.prove.iter().zip(&proof.lines).find(|(_, played)| played.wrong.is_some());
    let Some(line) = broken.and_then(|(line, _)| line.listed) else {
        let what = "the proof decides nothing: every line of the listing goes as its author hopes";
        return wrong(item, what.into());
    };
    let same = |option: &&Choice| option.line == Some(line);
    if let Some(option) = question.options.iter().find(same) {
        let what = format!("line {line} is the answer: its reason is the question's `why`");
        return Decision::Invalid(vec![item.bank.diagnostic(&option.place, what, None)]);
    }
    Decision::Line(line)
}

/// The question itself is wrong.
fn wrong(item: Item<'_>, what: String) -> Decision {
    Decision::Invalid(vec![item.bank.diagnostic(&item.question.place, what, None)])
}

/// What came of the last line, for an author.
pub fn said(proof: &Proof) -> String {
    let Some(last) = proof.last() else { return "nothing was played".into() };
    let then = changes::changed(last).map(|(_, after)| format!(", and then {after}"));
    format!("{} gave {}{}", last.call, last.outcome, then.unwrap_or_default())
}

/// Plays a question as its author must see it pass: its proof, and for an order also the order reversed, which
/// must not go well.
///
/// # Errors
/// Whatever ended the run; a refusal is a mistake of the question.
pub fn verify(item: Item<'_>) -> Result<(Decision, Proof), Error> {
    let mut order = in_file_order(item.question);
    let proof = match prove(item, &order) {
        Err(Error::Refused(words)) => return Ok((wrong(item, words), Proof::default())),
        proved => proved?,
    };
    let mut decision = decide(item, &proof);
    if decision == Decision::Order {
        order.reverse();
        match prove(item, &order) {
            Ok(back) if back.went_well() => {
                decision = wrong(item, "the order decides nothing: reversed, all goes well too".into());
            }
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok((decision, proof))
}

/// The fact that was asked for, or what the call returned.
fn answer(read: Option<&FactCheck>, event: &Event) -> Option<Answer> {
    if let Some(look) = read {
        let value = lesson::fact(look, event)?;
        let (right, shown) = match look.fact.name {
            "mode" => (Right::Mode(value), format!("0{value:o}")),
            "key" => (Right::Key(value), format!("{value:#010x}")),
            _ => (Right::Number(value), value.to_string()),
        };
        return Some(Answer { right, shown });
    }
    let Outcome::Returned(value) = &event.outcome else { return None };
    let right = match value {
        Value::Text(bytes) => Right::Text(bytes.clone()),
        Value::Nothing => return None,
        Value::Key(_) => Right::Key(value.number()?),
        Value::Mode(_) => Right::Mode(value.number()?),
        _ => Right::Number(value.number()?),
    };
    Some(Answer { right, shown: value.to_string() })
}
