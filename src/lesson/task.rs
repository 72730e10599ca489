//! A task's file: TOML in, [`Task`] out, or every mistake in it at its place. Its fields are declared in
//! [`super::fields`], what a check claims in [`super::claim`]. It knows the programs by name only, and builds none.

use super::claim::{Claim, Play, claim, fault, play};
use super::fields::{CheckFields, ProgramFields, TaskFields};
use super::reader::{FileReader, Text};
use super::table::Table;
use super::token::{ParseError, unknown};
use crate::diagnostic::Diagnostic;
use crate::facts::traced_call::Failing;

/// What a student writes, and what must be true of it.
#[derive(Debug, Clone)]
pub struct Task {
    pub title: String,
    pub goal: String,
    /// The lesson that it goes with.
    pub after: String,
    pub programs: Vec<Program>,
    pub checks: Vec<Check>,
}

/// A program to be built.
#[derive(Debug, Clone)]
pub struct Program {
    pub name: String,
    pub sources: Vec<String>,
    /// What builds it in place of a compiler.
    pub build: Option<String>,
    /// What it reads, with words in braces that stand for something else in every play.
    pub stdin: String,
}

/// Something that must be true of one play.
#[derive(Debug, Clone)]
pub struct Check {
    pub say: String,
    pub play: Play,
    pub hold: Vec<(String, Claim)>,
    /// Findings that fail it.
    pub never: Vec<String>,
    /// The call that lab makes fail.
    pub fail: Option<Failing>,
    /// The program that gets Ctrl-C once it waits.
    pub interrupt: Option<String>,
    /// Files that are not there.
    pub without: Vec<String>,
    pub why: Option<String>,
    /// A lesson and a step, from 1.
    pub read: Option<(String, usize)>,
    pub hints: Vec<String>,
    pub points: usize,
}

/// What a task's file may name that this room does not know.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub findings: &'a [&'a str],
    /// The lessons and how many steps each has.
    pub lessons: &'a [(String, usize)],
}

/// Reads a task's file, or finds all mistakes of it.
pub fn read(file: &str, text: &str, known: Known<'_>) -> Result<Task, Vec<Diagnostic>> {
    let mut reader = FileReader::new(file, text, true);
    let fields = TaskFields::of_file(&mut reader);
    fields.format_version.check(&mut reader);
    lesson(&mut reader, &fields.after, known);
    if fields.program.0.is_empty() && reader.is_right_so_far() {
        reader.wrong_at_end("a task needs at least one program", "such as [program.client] with sources");
    }
    let programs: Vec<Program> = fields.program.0.into_iter().map(|row| program(&mut reader, row)).collect();
    let names: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
    let checks = fields.check.into_iter().map(|row| check(&mut reader, row, &names, known)).collect();
    let task = Task {
        title: fields.title.into_inner(),
        goal: fields.goal.into_inner(),
        after: fields.after.into_inner(),
        programs,
        checks,
    };
    reader.finish(task)
}

fn program(reader: &mut FileReader<'_>, (name, fields): (Text, ProgramFields)) -> Program {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.get_ref().len() > 40 || !name.get_ref().chars().all(word) || name.get_ref().starts_with('-') {
        let what = format!("the program `{}` has a name that no file should have", name.get_ref());
        let help = "letters, digits, - and _, 40 at most";
        reader.wrong(ParseError::new(name.span(), what).help(help));
    }
    if fields.sources.0.is_empty() && fields.build.is_none() {
        let what = format!("the program `{}` has neither `sources` nor `build`", name.get_ref());
        reader.wrong(ParseError::new(name.span(), what).help("name its files: sources = [\"client.c\"]"));
    }
    for source in &fields.sources.0 {
        inside(reader, source);
    }
    Program {
        name: name.into_inner(),
        sources: fields.sources.0.into_iter().map(Text::into_inner).collect(),
        build: fields.build.map(Text::into_inner),
        stdin: fields.stdin.0,
    }
}

/// A file of the task's folder, by its name alone.
fn inside(reader: &mut FileReader<'_>, name: &Text) {
    let text = name.get_ref();
    if text.contains('/') || text.starts_with(['.', '-']) {
        let what = format!("`{text}` is not the name of a file in the task's folder");
        reader.wrong_all_of(name, what);
    }
}

fn check(reader: &mut FileReader<'_>, fields: CheckFields, names: &[&str], known: Known<'_>) -> Check {
    let mut play = reader.parsed(&fields.play, play).unwrap_or_default();
    for (at, role) in play.roles() {
        program_named(reader, &fields.play, at, role, names);
    }
    if play.every_order && play.groups.is_empty() {
        play.groups = vec![names.iter().map(|name| (0..0, (*name).to_owned())).collect()];
    }
    let mut hold = Vec::new();
    for text in fields.hold.0 {
        let Some(read) = reader.parsed(&text, claim) else { continue };
        if let Some((at, role)) = read.role(text.get_ref()) {
            played(reader, &text, at, role, names, &play);
        }
        hold.push((text.into_inner(), read));
    }
    if hold.is_empty() && fields.never.0.is_empty() && reader.is_right_so_far() {
        let what = "a check without `hold` and `never` passes whatever happens";
        reader.wrong(ParseError::new(fields.say.span(), what).help("say what must be true after the play"));
    }
    for text in &fields.never.0 {
        if !known.findings.contains(&text.get_ref().as_str()) {
            let names = known.findings.iter().copied();
            reader.wrong_in(text, unknown(0..text.get_ref().len(), "finding", text.get_ref(), names));
        }
    }
    let fail = fields.fail.as_ref().and_then(|text| {
        let fault = reader.parsed(text, fault)?;
        played(reader, text, 0..fault.role.len(), &fault.role, names, &play);
        Some(fault)
    });
    if let Some(text) = fields.interrupt.as_ref().filter(|_| play.every_order) {
        let what = "in every order lab sends no Ctrl-C";
        reader.wrong_all_of(text, what.into());
    } else if let Some(text) = &fields.interrupt {
        played(reader, text, 0..text.get_ref().len(), text.get_ref(), names, &play);
    }
    fields.without.0.iter().for_each(|name| inside(reader, name));
    Check {
        read: fields.read.as_ref().and_then(|text| lesson(reader, text, known)),
        say: fields.say.into_inner(),
        play,
        hold,
        never: fields.never.0.into_iter().map(Text::into_inner).collect(),
        fail,
        interrupt: fields.interrupt.map(Text::into_inner),
        without: fields.without.0.into_iter().map(Text::into_inner).collect(),
        why: fields.why.map(Text::into_inner),
        hints: fields.hints.0.into_iter().map(Text::into_inner).collect(),
        points: fields.points.0.unwrap_or(1),
    }
}

/// A program's name at a place of a text.
fn program_named(
    reader: &mut FileReader<'_>,
    text: &Text,
    at: std::ops::Range<usize>,
    role: &str,
    names: &[&str],
) -> bool {
    // A task without a program is a mistake that was reported already.
    let known = names.is_empty() || names.contains(&role);
    if !known {
        reader.wrong_in(text, unknown(at, "program", role, names.iter().copied()));
    }
    known
}

/// The same, and the play has it.
fn played(
    reader: &mut FileReader<'_>,
    text: &Text,
    at: std::ops::Range<usize>,
    role: &str,
    names: &[&str],
    play: &Play,
) {
    let there = play.groups.is_empty() || play.roles().any(|(_, other)| other == role);
    if program_named(reader, text, at.clone(), role, names) && !there {
        let what = format!("`{role}` does not run in this check's `play`");
        reader.wrong_in(text, ParseError::new(at, what));
    }
}

/// A lesson, or a lesson and a step.
fn lesson(reader: &mut FileReader<'_>, text: &Text, known: Known<'_>) -> Option<(String, usize)> {
    let written = text.get_ref();
    if written.is_empty() || known.lessons.is_empty() {
        return None;
    }
    let (name, step) = written.split_once(' ').unwrap_or((written, "1"));
    let names = known.lessons.iter().map(|(name, _)| name.as_str());
    let Some((_, steps)) = known.lessons.iter().find(|(known, _)| known == name) else {
        reader.wrong_in(text, unknown(0..name.len(), "lesson", name, names));
        return None;
    };
    match step.parse() {
        Ok(step) if (1..=*steps).contains(&step) => Some((name.to_owned(), step)),
        _ => {
            let at = written.len() - step.len()..written.len();
            let what = format!("the lesson `{name}` has steps from 1 to {steps}");
            reader.wrong_in(text, ParseError::new(at, what));
            None
        }
    }
}
