//! What is wrong between questions, over all files: that no two are the same, and that what they refer to exists. It
//! plays nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::lesson::{Bank, Misconception, Question, QuestionKind};

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
