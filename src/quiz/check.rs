//! What makes a question good: its proof goes as its author says, and decides. Judged by what was played; and, over
//! all files, that no two questions are the same and that what they refer to exists. It asks nobody anything.

use std::collections::{BTreeMap, BTreeSet};

use super::proof::{Answer, Failure, Proof, Request};
use crate::diagnostic::Diagnostic;
use crate::lesson::{Bank, Choice, Misconception, Played, Question, QuestionKind};

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

/// What a proof decides. For an order: of the file's own.
pub fn decide(bank: &Bank, question: &Question, proof: &Proof) -> Decision {
    if let Some(why) = &proof.skipped {
        return Decision::Skipped(why.clone());
    }
    if let Some(diagnostic) = astray(bank, question, proof) {
        return Decision::Invalid(vec![diagnostic]);
    }
    let decided = match question.kind {
        QuestionKind::Theory => Ok(Decision::Options(
            (0..question.options.len()).filter(|at| question.options[*at].right).collect(),
        )),
        QuestionKind::Predict | QuestionKind::Several => by_options(bank, question, proof),
        QuestionKind::Number => by_answer(bank, question, proof),
        QuestionKind::Order => match &proof.missed {
            Some(what) => Err(vec![bank.diagnostic(&question.place, what.clone(), None)]),
            None => Ok(Decision::Order),
        },
        QuestionKind::Bug => by_line(bank, question, proof),
    };
    decided.unwrap_or_else(Decision::Invalid)
}

/// A line that should go well and does not.
fn astray(bank: &Bank, question: &Question, proof: &Proof) -> Option<Diagnostic> {
    let lines = question.lines().zip(&proof.lines);
    let mut wrong = lines.filter(|(line, _)| line.listed.is_none());
    wrong.find_map(|(line, shown)| {
        let what = shown.wrong.as_ref()?;
        Some(bank.diagnostic(&line.place, format!("this line does not go as it should: {what}"), None))
    })
}

fn by_options(bank: &Bank, question: &Question, proof: &Proof) -> Result<Decision, Vec<Diagnostic>> {
    if proof.options.contains(&None) || proof.options.len() < question.options.len() {
        return Ok(Decision::Skipped("this machine gives no evidence for one of its options".into()));
    }
    let right: Vec<usize> = (0..proof.options.len()).filter(|at| proof.options[*at] == Some(true)).collect();
    let said = said(proof);
    let several = question.kind == QuestionKind::Several;
    match right.as_slice() {
        [] => {
            let what = format!("the proof decides nothing, since no option is true: {said}");
            Err(vec![bank.diagnostic(&question.place, what, None)])
        }
        [_, second, ..] if !several => {
            let (first, second) = (&question.options[right[0]], &question.options[*second]);
            let what = format!("this option is true as well as `{}`: {said}", claim_of(first));
            let help = "exactly one option of a `predict` may be true; `several` allows more";
            Err(vec![bank.diagnostic(&second.place, what, Some(help.into()))])
        }
        right if several && right.len() == question.options.len() => {
            let what = format!("every option is true, so nothing is decided: {said}");
            Err(vec![bank.diagnostic(&question.place, what, None)])
        }
        _ => Ok(Decision::Options(right)),
    }
}

fn by_answer(bank: &Bank, question: &Question, proof: &Proof) -> Result<Decision, Vec<Diagnostic>> {
    let Some(answer) = &proof.answer else {
        let what = format!("the proof gives no number and no text: {}", said(proof));
        return Err(vec![bank.diagnostic(&question.place, what, None)]);
    };
    let judged = question.options.iter().zip(&proof.options);
    let true_ones = judged.filter(|(_, holds)| **holds == Some(true));
    let wrong: Vec<_> = true_ones
        .map(|(option, _)| {
            let what = format!("a wrong answer is wanted here, and this is the right one: {}", answer.shown);
            bank.diagnostic(&option.place, what, None)
        })
        .collect();
    if wrong.is_empty() { Ok(Decision::Answer(answer.clone())) } else { Err(wrong) }
}

fn by_line(bank: &Bank, question: &Question, proof: &Proof) -> Result<Decision, Vec<Diagnostic>> {
    let broken = question.prove.iter().zip(&proof.lines).find(|(_, shown)| shown.wrong.is_some());
    let Some(line) = broken.and_then(|(line, _)| line.listed) else {
        let what = "the proof decides nothing: every line of the listing goes as its author hopes";
        return Err(vec![bank.diagnostic(&question.place, what.into(), None)]);
    };
    let same = |option: &&Choice| option.line == Some(line);
    if let Some(option) = question.options.iter().find(same) {
        let what = format!("line {line} is the answer: its reason is the question's `why`");
        return Err(vec![bank.diagnostic(&option.place, what, None)]);
    }
    Ok(Decision::Line(line))
}

fn claim_of(option: &Choice) -> &str {
    option.is.as_ref().map_or("", |claim| &claim.text)
}

/// What came of the last line, for an author.
pub fn said(proof: &Proof) -> String {
    let Some(last) = proof.lines.last() else { return "nothing was played".into() };
    let mut said = format!("{} gave {}", last.call, last.outcome);
    if let Some((_, after)) = &last.changes {
        said += &format!(", and then {after}");
    }
    said
}

/// Plays a question as its author must see it pass: its proof, and for an order also the order reversed, which
/// must not go well.
///
/// # Errors
/// Whatever ended the run.
pub fn verify(bank: &Bank, question: &Question, shipped: bool) -> Result<(Decision, Proof), Failure> {
    let nothing = Proof::default();
    if question.kind == QuestionKind::Theory {
        return Ok((decide(bank, question, &nothing), nothing));
    }
    let refused = |words: String| Decision::Invalid(vec![bank.diagnostic(&question.place, words, None)]);
    let proof = match Request::of(question, shipped).prove() {
        Ok(proof) => proof,
        Err(Failure::Refused(words)) => return Ok((refused(words), nothing)),
        Err(failure) => return Err(failure),
    };
    let decision = decide(bank, question, &proof);
    if decision != Decision::Order {
        return Ok((decision, proof));
    }
    let reversed: Vec<&Played> = question.order.iter().rev().collect();
    match Request::ordered(question, shipped, &reversed).prove() {
        Ok(back) if back.went_well() => {
            Ok((refused("the order decides nothing: reversed, all goes well too".into()), proof))
        }
        Ok(_) | Err(Failure::Refused(_)) => Ok((decision, proof)),
        Err(failure) => Err(failure),
    }
}

/// What is wrong between questions, and with what they refer to. `lessons`: names and numbers of steps.
pub fn across(banks: &[Bank], lessons: &[(String, usize)], syllabus: &[Misconception]) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    let mut topics: BTreeMap<&str, &str> = BTreeMap::new();
    let mut proofs: BTreeMap<String, &str> = BTreeMap::new();
    for bank in banks {
        if let Some(other) = topics.insert(&bank.topic, &bank.file) {
            let place = bank.text.find("topic").unwrap_or(0);
            let what = format!("the topic `{}` is {other}'s already", bank.topic);
            diagnostics.push(bank.diagnostic(&(place..place + 5), what, None));
        }
        for question in &bank.questions {
            let mut wrong = |what: String| diagnostics.push(bank.diagnostic(&question.place, what, None));
            if let Some(file) = ids.insert(&question.id, &bank.file) {
                wrong(format!("the id `{}` is used already, in {file}", question.id));
            }
            if let Some(other) = proofs.insert(normal(question), &question.id) {
                wrong(format!("this proves the same as `{other}`: names and files aside, the same calls"));
            }
            let (name, step) = &question.lesson;
            match lessons.iter().find(|(known, _)| known == name) {
                None => wrong(format!("there is no lesson `{name}`")),
                Some((_, steps)) if step > steps => {
                    wrong(format!("the lesson `{name}` has steps 1 to {steps}, and no step {step}"));
                }
                Some(_) => {}
            }
            for number in &question.covers {
                if !syllabus.iter().any(|entry| entry.number == *number) {
                    wrong(format!("the syllabus has no misconception {number}"));
                }
            }
        }
    }
    diagnostics
}

/// A question's calls with names, roles and texts numbered in the order in which they come: two questions with the
/// same calls prove the same. Theory is its own words.
fn normal(question: &Question) -> String {
    if question.kind == QuestionKind::Theory {
        return question.ask.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let mut own = BTreeSet::new();
    for step in question.lines().map(|line| &line.action) {
        own.extend(step.roles().map(str::to_owned));
        own.extend(step.call.bind.clone());
    }
    let mut seen: Vec<String> = Vec::new();
    let mut text = String::new();
    for step in question.lines().map(|line| &line.action) {
        for word in words(&format!("{}: {}\n", step.who, step.call)) {
            if own.contains(word) || word.starts_with('"') {
                let at = seen.iter().position(|known| known == word).unwrap_or(seen.len());
                if at == seen.len() {
                    seen.push(word.to_owned());
                }
                text += &format!("${at}");
            } else {
                text += word;
            }
        }
    }
    let read = question.read.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{text}{}{read}", if question.order.is_empty() { "" } else { "order" })
}

/// A line in words, strings and signs.
fn words(line: &str) -> Vec<&str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            c if part(c) => rest.find(|c: char| !part(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        words.push(&rest[..length]);
        rest = &rest[length..];
    }
    words
}
