//! What can be seen to be wrong in a lesson without playing it: names used before they are bound, roles that
//! are no roles, a call made by the wrong side, a placeholder that stands for nothing. It plays nothing.

use std::collections::BTreeSet;
use std::path::Path;

use super::call::{Expr, Statement};
use super::draft::Draft;
use super::expect::Expect;
use super::functions::{By, Function, ParamKind, ReturnType, SANDBOX_ONLY, Spec};
use super::paths::names_inside;
use super::reader::{FileReader, Piece};
use super::token::ParseError;
use super::{Input, LAB};
use crate::constants;

/// The longest call, and the longest word, that fits a line of 80 columns beside its label.
const MAX_COLUMNS: usize = 70;

/// Adds the mistakes of a whole lesson to the reader's.
pub(super) fn check(reader: &mut FileReader<'_>, input: Option<&Input>, host: bool, drafts: &[Draft]) {
    let mut bound: BTreeSet<String> = input.iter().map(|input| input.name.clone()).collect();
    let roles = drafts.iter().flat_map(|draft| draft.action.roles());
    bound.extend(roles.filter(|who| *who != LAB).map(str::to_owned));
    for draft in drafts {
        if draft.readable {
            side(reader, draft);
            contained(reader, draft, host);
        }
        narrow(reader, draft);
        let step = &draft.action;
        for name in step.call.names() {
            needs(reader, &draft.call, name, &bound);
        }
        placeholders(reader, draft.ask.as_ref(), &bound);
        placeholders(reader, draft.theory.as_ref(), &bound);
        if let Some(name) = &step.call.bind {
            bound.insert(name.clone());
        }
        if let Expect::Value(_, value) = &step.expect {
            for name in value.names() {
                needs(reader, &draft.expect, name, &bound);
            }
            if draft.readable && matches!(step.call.yields(), ReturnType::Zero | ReturnType::Nothing) {
                let what = format!("`{}` returns nothing to compare", step.call.name());
                reader.wrong_in(&draft.expect, ParseError::new(0..draft.expect.text.len(), what));
            }
        }
        for (look, piece) in step.look.iter().zip(&draft.looks) {
            let compared = look.is.iter().flat_map(|(_, value)| value.names());
            for name in look.of.as_deref().into_iter().chain(compared) {
                needs(reader, piece, name, &bound);
            }
        }
        placeholders(reader, Some(&draft.say), &bound);
        placeholders(reader, draft.more.as_ref(), &bound);
    }
}

/// What does not fit a screen of 80 columns. Sentences wrap at their blanks; calls and words are never cut.
fn narrow(reader: &mut FileReader<'_>, draft: &Draft) {
    if !reader.strict {
        return;
    }
    let width = draft.action.call.to_string().chars().count();
    if draft.readable && width > MAX_COLUMNS {
        let what =
            format!("the call is {width} characters wide, and a screen of 80 has room for {MAX_COLUMNS}");
        reader.wrong_in(&draft.call, ParseError::new(0..draft.call.text.len(), what));
    }
    let texts = [Some(&draft.say), draft.ask.as_ref(), draft.more.as_ref(), draft.theory.as_ref()];
    for piece in texts.into_iter().flatten() {
        for word in piece.text.split(' ').filter(|word| word.chars().count() > MAX_COLUMNS) {
            let at = word.as_ptr().addr() - piece.text.as_ptr().addr();
            let what = format!(
                "this word is longer than the {MAX_COLUMNS} characters that a screen of 80 has room for"
            );
            reader.wrong_in(piece, ParseError::new(at..at + word.len(), what));
        }
    }
}

/// What a lesson can't do, whoever wrote it: leave its folder, run another program, and, where it may be
/// played without a sandbox, make what others would meet or what nobody would clean up.
fn contained(reader: &mut FileReader<'_>, draft: &Draft, host: bool) {
    let Statement::Invoke { function, args } = &draft.action.call.statement else { return };
    let Some(spec) = draft.action.call.spec() else { return };
    let mut wrong = |word: &str, what: String, help: &str| {
        let at = draft.call.text.find(word).unwrap_or(0);
        reader.wrong_in(&draft.call, ParseError::new(at..at + word.len(), what).help(help));
    };
    for path in outside(spec, args) {
        wrong(
            path,
            format!("`{path}` leads out of the run's folder"),
            "a path such as lab.key or folder/lab.key",
        );
    }
    let program = args.iter().any(|arg| matches!(arg, Expr::Text(text) if text != "lab"));
    if *function == Function::Execl && program {
        wrong(
            "execl",
            "a lesson can exec lab itself and nothing else".into(),
            "execl(\"lab\", \"lab\", NULL)",
        );
    }
    if let (Function::Printf, Some(Expr::Text(format))) = (function, args.first())
        && format != "%d"
    {
        wrong(
            format,
            format!("`{format}` is no format of the notation's"),
            "printf(\"%d\", name) prints a number",
        );
    }
    if !host {
        return;
    }
    if SANDBOX_ONLY.contains(function) {
        let what = format!("`{}` needs a sandbox, and `host = true` allows to play without one", spec.name);
        wrong(spec.name, what, "leave out `host = true`");
    }
    if let (Function::Shmget, Some(Expr::Number(key))) = (function, args.first())
        && key.value != 0
    {
        let what = format!(
            "the key {key} may be somebody else's outside a sandbox, and `host = true` allows to play there"
        );
        wrong(&key.to_string(), what, "leave out `host = true`, or use IPC_PRIVATE or ftok");
    }
}

/// The paths among a call's arguments that do not stay in the run's folder.
fn outside<'a>(spec: &Spec, args: &'a [Expr]) -> impl Iterator<Item = &'a str> {
    let paths = spec
        .params
        .iter()
        .zip(args)
        .filter(|(kind, _)| matches!(kind, ParamKind::Path | ParamKind::Pathname));
    paths.filter_map(|(_, arg)| match arg {
        Expr::Text(path) if names_inside(Path::new(path)).is_none() => Some(path.as_str()),
        _ => None,
    })
}

/// The actor `lab` gives stage directions, the others make calls, two at once only those made for it.
fn side(reader: &mut FileReader<'_>, draft: &Draft) {
    let who = &draft.action.who;
    if who.trim().is_empty() {
        return;
    }
    let roles: Vec<_> = draft.action.roles().collect();
    let mut wrong = |what: String, help: &str| {
        reader.wrong_in(&draft.who, ParseError::new(0..who.len(), what).help(help));
    };
    for role in &roles {
        let named = role.starts_with(|c: char| c.is_ascii_lowercase())
            && role.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !named || role.len() > 12 {
            wrong(
                format!("`{role}` can't be an actor"),
                "an actor is a short word in small letters, such as server",
            );
            return;
        }
    }
    let by = draft.action.call.spec().map_or(By::Actor, |spec| spec.by);
    let name = draft.action.call.name();
    match (by, roles.as_slice()) {
        (By::Lab, [LAB]) | (By::Pair, [_, _]) => {}
        (By::Lab, _) => wrong(format!("`{name}` is a stage direction"), "who = \"lab\""),
        (By::Pair, _) => wrong(format!("`{name}` is made by two at once"), "who = \"server & client\""),
        (By::Actor, [LAB]) => {
            wrong(format!("the lab itself never calls `{name}`"), "name an actor, such as who = \"server\"");
        }
        (By::Actor, [_]) => {}
        (By::Actor, _) => wrong(format!("`{name}` is made by one actor at a time"), "name one actor"),
    }
}

pub(super) fn needs(reader: &mut FileReader<'_>, piece: &Piece, name: &str, bound: &BTreeSet<String>) {
    if bound.contains(name) {
        return;
    }
    let at = word_at(&piece.text, name).unwrap_or(0);
    let wrong = ParseError::new(at..at + name.len(), format!("`{name}` is used before any step binds it"));
    let wrong = match constants::nearest(name, bound.iter().map(String::as_str)) {
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
pub(super) fn placeholders(reader: &mut FileReader<'_>, piece: Option<&Piece>, bound: &BTreeSet<String>) {
    let Some(piece) = piece else { return };
    let mut rest = 0;
    while let Some(open) = piece.text[rest..].find('{').map(|at| rest + at) {
        let close = piece.text[open..].find('}').map(|at| open + at);
        let Some(close) = close else {
            reader.wrong_in(piece, ParseError::new(open..open + 1, "this { is never closed"));
            return;
        };
        let name = &piece.text[open + 1..close];
        if !bound.contains(name) {
            let wrong = ParseError::new(open..close + 1, format!("`{{{name}}}` stands for nothing yet"))
                .help("in braces: a name that this or an earlier step binds");
            reader.wrong_in(piece, wrong);
        }
        rest = close + 1;
    }
}
