//! What can be seen to be wrong in a lesson without playing it: names used before they are bound, roles that
//! are no roles, a call made by the wrong side, a placeholder that stands for nothing. It plays nothing.

use std::collections::BTreeSet;

use super::expect::Expect;
use super::file::{Draft, FileReader, Piece};
use super::functions::{By, Yields};
use super::parse::Wrong;
use super::{Input, LAB};
use crate::names;

/// Adds the mistakes of a whole lesson to the reader's.
pub(super) fn check(reader: &mut FileReader<'_>, input: Option<&Input>, drafts: &[Draft]) {
    let mut bound: BTreeSet<String> = input.iter().map(|input| input.name.clone()).collect();
    bound.extend(drafts.iter().map(|draft| draft.step.who.clone()).filter(|who| who != LAB));
    for draft in drafts {
        side(reader, draft);
        let step = &draft.step;
        for name in step.call.names() {
            needs(reader, &draft.call, name, &bound);
        }
        placeholders(reader, draft.ask.as_ref(), &bound);
        placeholders(reader, draft.theory.as_ref(), &bound);
        if let Some(name) = &step.call.bind {
            bound.insert(name.clone());
        }
        if let Expect::Value(_, value) = &step.expect {
            if let Some(name) = value.name() {
                needs(reader, &draft.expect, name, &bound);
            }
            if step.call.spec().is_none_or(|spec| matches!(spec.yields, Yields::Zero | Yields::Nothing)) {
                let what = format!("`{}` returns nothing to compare", step.call.name());
                reader.wrong_in(&draft.expect, Wrong::new(0..draft.expect.text.len(), what));
            }
        }
        for (look, piece) in step.look.iter().zip(&draft.looks) {
            let compared = look.is.as_ref().and_then(|(_, value)| value.name());
            for name in look.of.as_deref().into_iter().chain(compared) {
                needs(reader, piece, name, &bound);
            }
        }
        placeholders(reader, Some(&draft.say), &bound);
        placeholders(reader, draft.more.as_ref(), &bound);
    }
}

/// The actor `lab` gives stage directions, the others make calls.
fn side(reader: &mut FileReader<'_>, draft: &Draft) {
    let who = &draft.step.who;
    let named = who.starts_with(|c: char| c.is_ascii_lowercase())
        && who.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !named || who.len() > 12 {
        let wrong = Wrong::new(0..who.len(), format!("`{who}` can't be an actor"))
            .help("an actor is a short word in small letters, such as server");
        reader.wrong_in(&draft.who, wrong);
        return;
    }
    let by = draft.step.call.spec().map_or(By::Actor, |spec| spec.by);
    let name = draft.step.call.name();
    match (by, who == LAB) {
        (By::Lab, false) => {
            let wrong =
                Wrong::new(0..who.len(), format!("`{name}` is a stage direction")).help("who = \"lab\"");
            reader.wrong_in(&draft.who, wrong);
        }
        (By::Actor, true) => {
            let wrong = Wrong::new(0..who.len(), format!("the lab itself never calls `{name}`"))
                .help("name an actor, such as who = \"server\"");
            reader.wrong_in(&draft.who, wrong);
        }
        _ => {}
    }
}

fn needs(reader: &mut FileReader<'_>, piece: &Piece, name: &str, bound: &BTreeSet<String>) {
    if bound.contains(name) {
        return;
    }
    let at = word_at(&piece.text, name).unwrap_or(0);
    let wrong = Wrong::new(at..at + name.len(), format!("`{name}` is used before any step binds it"));
    let wrong = match names::nearest(name, bound.iter().map(String::as_str)) {
        Some(near) => wrong.help(format!("did you mean `{near}`?")),
        None => wrong.help(format!("a step binds it with `{name} = …`")),
    };
    reader.wrong_in(piece, wrong);
}

/// Where `name` stands as a word of its own.
fn word_at(text: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

/// `{name}` in a sentence stands for that name's value.
fn placeholders(reader: &mut FileReader<'_>, piece: Option<&Piece>, bound: &BTreeSet<String>) {
    let Some(piece) = piece else { return };
    let mut rest = 0;
    while let Some(open) = piece.text[rest..].find('{').map(|at| rest + at) {
        let close = piece.text[open..].find('}').map(|at| open + at);
        let Some(close) = close else {
            reader.wrong_in(piece, Wrong::new(open..open + 1, "this { is never closed"));
            return;
        };
        let name = &piece.text[open + 1..close];
        if !bound.contains(name) {
            let wrong = Wrong::new(open..close + 1, format!("`{{{name}}}` stands for nothing yet"))
                .help("in braces: a name that this or an earlier step binds");
            reader.wrong_in(piece, wrong);
        }
        rest = close + 1;
    }
}
