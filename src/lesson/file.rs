//! A lesson file: TOML in, [`Lesson`] out, or every mistake in it at its place. The tables are walked by hand,
//! since serde's derived readers stop at the first mistake and lose its position.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::call::{Call, Expr, Statement};
use super::draft::Draft;
use super::reader::{FileReader, Piece, whole};
use super::token::{ParseError, begun, unknown};
use super::{
    Action, Expect, Input, Lesson, Misconception, Notes, Script, User, Words, call, check, expect, look,
};
use crate::constants::{self, Name};
use crate::diagnostic::Diagnostic;

/// The largest lesson file that is read: a lesson is a page of text, and a file from a stranger may be anything.
pub const MAX_FILE_BYTES: usize = 256 * 1024;
/// The most steps of a lesson.
pub const MAX_STEPS: usize = 200;
/// The most tries of a step.
pub const MAX_TRIES: usize = 100;
/// The version of the format that this lab reads.
pub const FORMAT_VERSION: usize = 1;

/// Reads a lesson.
///
/// # Errors
/// All mistakes of the file, in the order of their lines.
pub fn read(file: &str, text: &str) -> Result<Lesson, Vec<Diagnostic>> {
    read_with(FileReader::new(file, text, false))
}

/// Reads a lesson as its author wants it: what would only look bad counts too.
///
/// # Errors
/// As for [`read`].
pub fn read_strictly(file: &str, text: &str) -> Result<Lesson, Vec<Diagnostic>> {
    read_with(FileReader::new(file, text, true))
}

fn read_with(mut reader: FileReader<'_>) -> Result<Lesson, Vec<Diagnostic>> {
    let text = reader.text;
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        reader.wrong(span, ParseError::new(0..0, error.message().to_owned()));
    }
    let lesson = reader.lesson(table.get_ref(), table.span());
    if reader.diagnostics.is_empty() { Ok(lesson) } else { Err(reader.into_mistakes()) }
}

impl FileReader<'_> {
    fn lesson(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Lesson {
        self.known(
            table,
            &[
                "format_version",
                "title",
                "goal",
                "host",
                "needs",
                "input",
                "limits",
                "users",
                "notes",
                "step",
            ],
        );
        self.version(table);
        let title = self.required(table, "title", &span);
        let goal = self.required(table, "goal", &span);
        let input = table.get("input").and_then(|value| self.input(value));
        let host = self.flag(table, "host");
        let limits = self.limits(table);
        let users = self.users(table);
        let notes = table.get("notes").and_then(|value| self.notes(value));
        let needs = self.needs(table);
        let steps = self.steps(table, &needs);
        if let (true, false, Some(value)) = (host, limits.is_empty(), table.get("limits")) {
            let wrong = ParseError::new(
                0..0,
                "only a sandbox has limits of its own, and `host = true` allows to play without one",
            );
            self.wrong(value.span(), wrong.help("leave out `host = true`"));
        }
        if table
            .get("step")
            .is_none_or(|value| value.get_ref().as_array().is_some_and(|steps| steps.is_empty()))
        {
            let end = self.text.len();
            self.wrong(
                end..end,
                ParseError::new(0..0, "a lesson needs at least one [[step]]")
                    .help("a step has who, call, expect and say"),
            );
        }
        let roles = steps.iter().flat_map(|draft| draft.action.roles()).filter(|role| !role.is_empty());
        let roles = roles.map(str::to_owned).collect();
        self.users_play(table, &roles);
        check::check(self, input.as_ref(), host, &steps);
        let (actions, words) = steps.into_iter().map(|draft| (draft.action, draft.words)).unzip();
        Lesson {
            name: name_of(self.file),
            file: self.file.to_owned(),
            key: name_of(self.file),
            outside: false,
            title: title.text,
            goal: goal.text,
            input,
            notes,
            script: Script { host, limits, users, actions },
            words,
        }
    }

    /// A file without a version is of the first one.
    pub(super) fn version(&mut self, table: &DeTable<'_>) {
        if let (Some(version), Some(value)) =
            (self.number(table, "format_version"), table.get("format_version"))
            && version != FORMAT_VERSION
        {
            let what =
                format!("format {version} is not known to this lab, which reads format {FORMAT_VERSION}");
            self.wrong(value.span(), ParseError::new(0..0, what));
        }
    }

    pub(super) fn limits(&mut self, table: &DeTable<'_>) -> Vec<(String, u64)> {
        let Some(value) = table.get("limits") else { return Vec::new() };
        let Some(table) = self.table(value, "[limits]") else { return Vec::new() };
        let known: Vec<_> = constants::SYSCTLS.iter().map(|row| row.name).collect();
        self.known(table, &known);
        let limit = |name: &&str| self.number(table, name).map(|value| ((*name).to_owned(), value as u64));
        known.iter().filter_map(limit).collect()
    }

    pub(super) fn users(&mut self, table: &DeTable<'_>) -> BTreeMap<String, User> {
        let Some(value) = table.get("users") else { return BTreeMap::new() };
        let Some(table) = self.table(value, "[users]") else { return BTreeMap::new() };
        let mut users = BTreeMap::new();
        for (role, value) in table {
            let user = match value.get_ref().as_str() {
                Some("ordinary") => User::Ordinary,
                Some("other") => User::Other,
                _ => {
                    self.wrong(
                        value.span(),
                        ParseError::new(0..0, "a role's user is \"ordinary\" or \"other\""),
                    );
                    continue;
                }
            };
            users.insert(role.get_ref().to_string(), user);
        }
        users
    }

    /// A user for a role that nobody plays is a typing mistake.
    pub(super) fn users_play(&mut self, table: &DeTable<'_>, roles: &BTreeSet<String>) {
        let named = table.get("users").and_then(|value| value.get_ref().as_table());
        for role in named.into_iter().flat_map(|table| table.keys()) {
            if !roles.contains(&**role.get_ref()) {
                let known = roles.iter().map(String::as_str);
                self.wrong(role.span(), unknown(0..0, "role", role.get_ref(), known));
            }
        }
    }

    fn notes(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Notes> {
        let table = self.table(value, "[notes]")?;
        self.known(table, &["minutes", "say", "answers", "page"]);
        let say = self.texts(table, "say").into_iter().map(|piece| piece.text).collect();
        let answers = self.required(table, "answers", &value.span()).text;
        let page = self.required(table, "page", &value.span()).text;
        Some(Notes { minutes: self.number(table, "minutes").unwrap_or(1), say, answers, page })
    }

    pub(super) fn needs(&mut self, table: &DeTable<'_>) -> Vec<&'static Name> {
        let mut needs = Vec::new();
        for piece in self.texts(table, "needs") {
            match constants::named(constants::NEEDS, &piece.text) {
                Some(row) => needs.push(row),
                None => {
                    let known = constants::NEEDS.iter().map(|row| row.name);
                    self.wrong(piece.span.clone(), unknown(0..0, "need", &piece.text, known));
                }
            }
        }
        needs
    }

    /// Numbers of the syllabus.
    pub(super) fn covers(&mut self, table: &DeTable<'_>) -> Vec<usize> {
        let Some(value) = table.get("covers") else { return Vec::new() };
        let numbers =
            value.get_ref().as_array().map(|items| items.iter().map(whole).collect::<Option<Vec<_>>>());
        match numbers {
            Some(Some(numbers)) => numbers,
            _ => {
                self.wrong(
                    value.span(),
                    ParseError::new(0..0, "`covers` is a list of numbers, such as [1, 3]"),
                );
                Vec::new()
            }
        }
    }

    fn input(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Input> {
        let table = self.table(value, "[input]")?;
        self.known(table, &["name", "prompt", "default", "max"]);
        let name = self.required(table, "name", &value.span());
        let prompt = self.required(table, "prompt", &value.span());
        let default = self.required(table, "default", &value.span());
        let max = self.number(table, "max").unwrap_or(79);
        if default.text.len() > max {
            self.wrong(
                default.span,
                ParseError::new(0..0, format!("the default is longer than max, {max} bytes")),
            );
        }
        Some(Input { name: name.text, prompt: prompt.text, default: default.text, max })
    }

    /// The steps; every one needs what the whole lesson needs.
    fn steps(&mut self, table: &DeTable<'_>, common: &[&'static Name]) -> Vec<Draft> {
        let Some(value) = table.get("step") else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.wrong(value.span(), ParseError::new(0..0, "steps are written [[step]]"));
            return Vec::new();
        };
        if array.len() > MAX_STEPS {
            self.wrong(
                value.span(),
                ParseError::new(0..0, format!("a lesson has at most {MAX_STEPS} steps")),
            );
            return Vec::new();
        }
        let mut drafts: Vec<_> = array.iter().filter_map(|item| self.step(item)).collect();
        for draft in &mut drafts {
            draft.action.needs.splice(0..0, common.iter().copied());
        }
        drafts
    }

    fn step(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Draft> {
        let table = self.table(value, "[[step]]")?;
        const KNOWN: [&str; 11] =
            ["who", "call", "expect", "look", "say", "ask", "more", "theory", "needs", "covers", "tries"];
        self.known(table, &KNOWN);
        let span = value.span();
        let who = self.required(table, "who", &span);
        let code = self.required(table, "call", &span);
        let expected = self.required(table, "expect", &span);
        let say = self.required(table, "say", &span);
        let looks = self.texts(table, "look");
        let ask = self.text(table, "ask");
        let more = self.text(table, "more");
        let theory = self.text(table, "theory");
        let needs = self.needs(table);
        let covers = self.covers(table);
        let tries = self.tries(table);
        let call = self.parsed(&code, call);
        let expect = self.parsed(&expected, expect);
        // A call that can't be read binds its name all the same: using that is no second mistake.
        let readable = call.is_some();
        let unread = || Call { bind: begun(&code.text), statement: Statement::Assign(Expr::Null) };
        let call = call.unwrap_or_else(unread);
        let look: Vec<_> = looks.iter().filter_map(|piece| self.parsed(piece, look)).collect();
        let text = |piece: &Option<Piece>| piece.as_ref().map(|piece| piece.text.clone());
        Some(Draft {
            action: Action {
                who: who.text.clone(),
                call,
                expect: expect.unwrap_or(Expect::Ok),
                look,
                needs,
                tries,
            },
            words: Words {
                say: say.text.clone(),
                ask: text(&ask),
                more: text(&more),
                theory: text(&theory),
                covers,
            },
            readable,
            who,
            call: code,
            expect: expected,
            looks,
            say,
            ask,
            more,
            theory,
        })
    }

    fn tries(&mut self, table: &DeTable<'_>) -> usize {
        let tries = self.number(table, "tries").unwrap_or(1);
        if let (false, Some(value)) = ((1..=MAX_TRIES).contains(&tries), table.get("tries")) {
            let what = format!("`tries` is from 1 to {MAX_TRIES}");
            self.wrong(value.span(), ParseError::new(0..0, what));
        }
        tries
    }
}

/// The syllabus: what students believe, and why no step shows it to be wrong where none can.
///
/// # Errors
/// All mistakes of the file.
pub fn syllabus() -> Result<Vec<Misconception>, Vec<Diagnostic>> {
    const FILE: &str = "lessons/syllabus/misconceptions.toml";
    let text = include_str!("../../lessons/syllabus/misconceptions.toml");
    let mut reader = FileReader::new(FILE, text, true);
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.wrong(error.span().unwrap_or(0..0), ParseError::new(0..0, error.message().to_owned()));
    }
    let entries = table.get_ref().get("misconception").and_then(|value| value.get_ref().as_array());
    let mut syllabus = Vec::new();
    for value in entries.into_iter().flatten() {
        let Some(table) = reader.table(value, "[[misconception]]") else { continue };
        reader.known(table, &["number", "belief", "reason"]);
        let belief = reader.required(table, "belief", &value.span()).text;
        let reason = reader.text(table, "reason").map(|piece| piece.text);
        let number = reader.number(table, "number").unwrap_or(0);
        syllabus.push(Misconception { number, belief, reason });
    }
    if reader.diagnostics.is_empty() { Ok(syllabus) } else { Err(reader.into_mistakes()) }
}

/// `sheet` for `lessons/01-sheet.toml`.
pub fn name_of(file: &str) -> String {
    let stem = file.rsplit('/').next().unwrap_or(file);
    let stem = stem.strip_suffix(".toml").unwrap_or(stem);
    stem.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches('-').to_owned()
}
