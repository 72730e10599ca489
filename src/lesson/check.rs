//! What can be seen to be wrong in a lesson without playing it: names used before they are bound, roles that
//! do not exist, a call made by the wrong side, a placeholder that stands for nothing. It plays nothing.

use std::collections::BTreeSet;
use std::path::Path;

use super::call::Expr;
use super::expect::Expect;
use super::functions::{By, Function, ParamKind, ReturnType, SANDBOX_ONLY, Spec};
use super::paths::names_inside;
use super::reader::{FileReader, MAX_COLUMNS, Text};
use super::token::{ParseError, unknown};
use super::values::Users;
use super::{Action, LAB};
use crate::constants;

/// The format that prints a number and nothing else.
const NUMBER_FORMAT: &str = "%d";

/// What stands before and behind the text that a format with one `%s` prints. The newline at its end is left out: what
/// is printed is a line.
pub fn text_format(format: &str) -> Option<(&str, &str)> {
    let (before, behind) = format.split_once("%s")?;
    let behind = behind.strip_suffix('\n').unwrap_or(behind);
    (!before.contains('%') && !behind.contains('%')).then_some((before, behind))
}

/// Where a file says what an action is.
pub(super) struct Places<'f> {
    pub who: &'f Text,
    pub call: &'f Text,
    pub expect: &'f Text,
    pub look: Vec<&'f Text>,
    /// Whether the call could be read; if not, the action has another one in its place.
    pub readable: bool,
}

impl<'f> Places<'f> {
    /// For an action that one text says all of.
    pub(super) fn all_in(text: &'f Text, action: &Action) -> Self {
        Places { who: text, call: text, expect: text, look: vec![text; action.look.len()], readable: true }
    }
}

/// The roles that these actions are played by: the lab itself is none.
pub(super) fn roles_of<'a>(actions: impl Iterator<Item = &'a Action>) -> BTreeSet<String> {
    let roles = actions.flat_map(Action::roles).filter(|role| !role.is_empty() && *role != LAB);
    roles.map(str::to_owned).collect()
}

/// A user for a role that no step names is a typing mistake.
pub(super) fn users_play(reader: &mut FileReader<'_>, users: &Users, roles: &BTreeSet<String>) {
    for (role, _) in users.0.iter().filter(|(role, _)| !roles.contains(role.get_ref())) {
        reader.wrong(unknown(role.span(), "role", role.get_ref(), roles.iter().map(String::as_str)));
    }
}

/// Goes through a script's actions in their order.
pub(super) struct Checker {
    /// The names that stand for something by now.
    pub bound: BTreeSet<String>,
    host: bool,
}

impl Checker {
    pub(super) fn new(roles: BTreeSet<String>, host: bool) -> Checker {
        Checker { bound: roles, host }
    }

    pub(super) fn action(&mut self, reader: &mut FileReader<'_>, action: &Action, places: &Places<'_>) {
        if places.readable {
            side(reader, action, places);
            contained(reader, action, places, self.host);
            narrow(reader, action, places);
        }
        self.names(reader, places.call, action.call.names());
        self.bound.extend(action.call.binds().cloned());
        if let Expect::Value(_, value) = &action.expect {
            self.expected(reader, places.expect, value);
            if places.readable && matches!(action.call.yields(), ReturnType::Zero | ReturnType::Nothing) {
                let what = format!("`{}` returns nothing to compare", action.call.name());
                reader.wrong_all_of(places.expect, what);
            }
        }
        for (look, text) in action.look.iter().zip(&places.look) {
            self.names(reader, text, look.names());
        }
    }

    /// A value that a step is expected to return: its names, and those in the braces of a text.
    pub(super) fn expected(&self, reader: &mut FileReader<'_>, text: &Text, value: &Expr) {
        self.names(reader, text, value.names());
        if let Expr::Text(_) = value {
            self.placeholders(reader, text);
        }
    }

    /// Each of these names must stand for something.
    pub(super) fn names<'n>(
        &self,
        reader: &mut FileReader<'_>,
        text: &Text,
        names: impl IntoIterator<Item = &'n str>,
    ) {
        for name in names.into_iter().filter(|name| !self.bound.contains(*name)) {
            let at = word_at(text.get_ref(), name).unwrap_or(0);
            let help = match constants::nearest(name, self.bound.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("a step binds it with `{name} = …`"),
            };
            let wrong =
                ParseError::new(at..at + name.len(), format!("`{name}` is used before any step binds it"));
            reader.wrong_in(text, wrong.help(help));
        }
    }

    /// What is said beside an action: its placeholders, and what does not fit a screen of 80 columns. Sentences wrap
    /// at their blanks; calls and words are never cut.
    pub(super) fn texts<'t>(&self, reader: &mut FileReader<'_>, texts: impl IntoIterator<Item = &'t Text>) {
        for text in texts {
            self.placeholders(reader, text);
            if !reader.strict {
                continue;
            }
            for word in text.get_ref().split(' ').filter(|word| word.chars().count() > MAX_COLUMNS) {
                let at = word.as_ptr().addr() - text.get_ref().as_ptr().addr();
                let what = format!(
                    "this word is longer than the {MAX_COLUMNS} characters that a screen of 80 has room for"
                );
                reader.wrong_in(text, ParseError::new(at..at + word.len(), what));
            }
        }
    }

    /// `{name}` in a sentence stands for that name's value. Braces with a semicolon in them are C, and stay.
    pub(super) fn placeholders(&self, reader: &mut FileReader<'_>, text: &Text) {
        let words = text.get_ref();
        let mut rest = 0;
        while let Some(open) = words[rest..].find('{').map(|at| rest + at) {
            let Some(close) = words[open..].find('}').map(|at| open + at) else {
                reader.wrong_in(text, ParseError::new(open..open + 1, "this { is never closed"));
                return;
            };
            let name = &words[open + 1..close];
            if !name.contains(';') && !self.bound.contains(name) {
                let wrong = ParseError::new(open..close + 1, format!("`{{{name}}}` stands for nothing yet"))
                    .help("in braces: a name that this or an earlier step binds");
                reader.wrong_in(text, wrong);
            }
            rest = close + 1;
        }
    }
}

fn narrow(reader: &mut FileReader<'_>, action: &Action, places: &Places<'_>) {
    let width = action.call.to_string().chars().count();
    if reader.strict && width > MAX_COLUMNS {
        let what =
            format!("the call is {width} characters wide, and a screen of 80 has room for {MAX_COLUMNS}");
        reader.wrong_all_of(places.call, what);
    }
}

/// What a lesson can't do, whoever wrote it: leave its folder, run another program, and, where it may be
/// played without a sandbox, make what others would meet or what would stay behind.
fn contained(reader: &mut FileReader<'_>, action: &Action, places: &Places<'_>, host: bool) {
    let Some(spec) = action.call.spec() else { return };
    let (function, args) = (&spec.function, action.call.args());
    let mut wrong = |word: &str, what: String, help: &str| {
        let at = places.call.get_ref().find(word).unwrap_or(0);
        reader.wrong_in(places.call, ParseError::new(at..at + word.len(), what).help(help));
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
        && format != NUMBER_FORMAT
        && text_format(format).is_none()
    {
        wrong(
            format,
            format!("`{format}` is not a format of the notation"),
            "printf(\"%d\", name) prints a number, printf(\"it says %s\", p) the text at an address",
        );
    }
    if !host {
        return;
    }
    if SANDBOX_ONLY.contains(function) && !action.needs.iter().any(|need| need.name == "sandbox") {
        let what = format!("`{}` needs a sandbox, and `host = true` allows to play without one", spec.name);
        wrong(spec.name, what, "leave out `host = true`, or say needs = \"sandbox\"");
    }
    if let (Function::Shmget, Some(Expr::Number(key))) = (function, args.first())
        && key.value != 0
    {
        let what = format!(
            "the key {key} may belong to another program outside a sandbox, and `host = true` allows to play there"
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
fn side(reader: &mut FileReader<'_>, action: &Action, places: &Places<'_>) {
    let who = &action.who;
    if who.trim().is_empty() {
        return;
    }
    let roles: Vec<_> = action.roles().collect();
    let mut wrong = |what: String, help: &str| {
        reader.wrong_in(places.who, ParseError::new(0..who.len(), what).help(help));
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
    let by = action.call.spec().map_or(By::Actor, |spec| spec.by);
    let name = action.call.name();
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

/// Where `name` stands as a word of its own.
fn word_at(text: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .map(|(at, _)| at)
        .find(|at| !text[..*at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}
