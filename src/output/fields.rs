//! The fields of the file formats as the help shows them, and tables in two columns. It is made of the tables that
//! the reader reads by, and names no field itself.

use std::fmt::Display;

use crate::constants::Name;
use crate::lesson::KINDS;
use crate::lesson::fields::{BANK, LESSON, QUESTION, TASK};
use crate::lesson::table::{ANY, Field, Shape};

/// How wide the topics of the help are written.
pub const WRITTEN_WIDTH: usize = 78;
/// The column of the text beside a name.
const COLUMN: usize = 19;
const STARS: &str = "A * marks what has to be there.\n\n";

/// A table in two columns.
pub fn rows(rows: impl IntoIterator<Item = (impl Display, String)>) -> String {
    let indent = " ".repeat(COLUMN);
    let options = textwrap::Options::new(WRITTEN_WIDTH).subsequent_indent(&indent);
    let row = |(name, text)| textwrap::fill(&format!("{name:<0$}{text}", COLUMN), &options) + "\n";
    rows.into_iter().map(row).collect()
}

/// A lesson's.
pub fn lesson() -> String {
    STARS.to_owned() + &section("A lesson", LESSON)
}

/// A task's.
pub fn task() -> String {
    STARS.to_owned() + &section("A task", TASK)
}

/// A question bank's.
pub fn questions() -> String {
    let [head, fields] = QUESTION;
    format!("{STARS}{}\n{}{}", section("A bank", BANK), section("[[question]]", head), own_and_inner(fields))
}

fn section(title: &str, of: &[Field]) -> String {
    format!("{title}\n\n{}", own_and_inner(of))
}

/// A table's fields, and after them those of the tables inside it.
fn own_and_inner(of: &[Field]) -> String {
    let inner = of.iter().filter_map(|field| match field.shape {
        Shape::Table(fields) => Some((format!("[{}]", field.name), fields)),
        Shape::Rows(fields) => Some((format!("[{}.NAME]", field.name), fields)),
        // What only questions have is written in one line.
        Shape::Tables(fields, _) if !field.kinds.is_empty() => {
            Some((format!("Each of {}, in braces", field.name), fields))
        }
        Shape::Tables(fields, _) => Some((format!("[[{}]]", field.name), fields)),
        _ => None,
    });
    let inner: String = inner.map(|(title, of)| format!("\n{}", section(&title, of))).collect();
    rows(of.iter().map(row)) + &inner
}

fn row(field: &Field) -> (String, String) {
    let needed = field.required || (!field.kinds.is_empty() && field.needed_by == field.kinds);
    let star = if needed { " *" } else { "" };
    let besides = [shape(field.shape), kinds(field)];
    let besides: Vec<_> = besides.into_iter().filter(|words| !words.is_empty()).collect();
    let besides = if besides.is_empty() { String::new() } else { format!(" ({})", besides.join("; ")) };
    (format!("{}{star}", field.name), format!("{}{besides}", field.doc.trim()))
}

/// Which kinds of questions have it.
fn kinds(field: &Field) -> String {
    let names = |has: bool| {
        let names = KINDS.iter().filter(|(_, kind)| field.kinds.contains(kind) == has);
        names.map(|(name, _)| *name).collect::<Vec<_>>()
    };
    match (names(true), names(false)) {
        (all, _) if all.is_empty() => String::new(),
        (_, none) if none.len() == 1 => format!("all kinds but {}", none[0]),
        (some, _) => format!("only {}", some.join(", ")),
    }
}

fn shape(shape: Shape) -> String {
    let names = |table: &[Name]| table.iter().map(|row| row.name).collect::<Vec<_>>().join(", ");
    match shape {
        Shape::Text => String::new(),
        Shape::Word(most) => format!("small letters, digits and dashes, {most} at most"),
        Shape::Texts(ANY) => "one text or a list".into(),
        Shape::Texts(most) => format!("one text or a list of {most} at most"),
        Shape::Flag => "true or false".into(),
        Shape::Number(from, ANY) => format!("a number, {from} or more"),
        Shape::Number(from, to) if from == to => from.to_string(),
        Shape::Number(from, to) => format!("a number from {from} to {to}"),
        Shape::Numbers => "a list of numbers".into(),
        Shape::Names(table) => format!("one or a list of {}", names(table)),
        Shape::Facts(table) => format!("one or a list, each about {}", names(table)),
        Shape::Kind(kinds) => kinds.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "),
        Shape::Part(parts) => parts.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or "),
        Shape::Limits(table) => format!("a number each for {}", names(table)),
        Shape::Users(users) => {
            let users: Vec<_> = users.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            format!("role = {}", users.join(" or "))
        }
        Shape::Table(_) => "a table".into(),
        Shape::Rows(_) => "a table for each".into(),
        Shape::Tables(_, most) | Shape::Questions(most) => format!("{most} at most"),
    }
}
