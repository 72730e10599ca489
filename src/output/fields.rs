//! The fields of the file formats as the help shows them, and tables in two columns. It is made of the tables that
//! the reader reads by, and names no field itself.

use crate::constants::Name;
use crate::lesson::KINDS;
use crate::lesson::fields::{BANK, LESSON, fields_of};
use crate::lesson::shape::{ANY, Field, Shape};

/// How wide the topics of the help are written.
pub const WRITTEN_WIDTH: usize = 78;
/// The column of what stands beside a name.
const COLUMN: usize = 19;
const STARS: &str = "A * marks what has to be there.\n\n";

/// A table in two columns.
pub fn rows(rows: impl IntoIterator<Item = (String, String)>) -> String {
    let indent = " ".repeat(COLUMN);
    let options = textwrap::Options::new(WRITTEN_WIDTH).subsequent_indent(&indent);
    let row = |(name, text)| textwrap::fill(&format!("{name:<0$}{text}", COLUMN), &options) + "\n";
    rows.into_iter().map(row).collect()
}

/// A lesson's.
pub fn lesson() -> String {
    STARS.to_owned() + &section("A lesson", LESSON, false)
}

/// A question bank's, kind by kind.
pub fn questions() -> String {
    let [head, common, proof, _] = fields_of(KINDS[0].1);
    let mut text = STARS.to_owned() + &section("A bank", BANK, false);
    text += &format!("\n[[question]]\n\n{}", fields(head.iter().chain(common)));
    text += &format!("\n{}", section("Every kind but theory", proof, false));
    let mut kinds: Vec<(String, &[Field])> = Vec::new();
    for (name, kind) in KINDS {
        let [_, _, _, own] = fields_of(kind);
        match kinds.iter_mut().find(|(_, known)| std::ptr::eq(*known, own)) {
            Some((names, _)) => *names += &format!(", {name}"),
            None => kinds.push((format!("kind = {name}"), own)),
        }
    }
    text + &kinds.iter().map(|(names, own)| format!("\n{}", section(names, own, true))).collect::<String>()
}

/// A table's fields, and after them those of the tables inside it: `inline` ones are written in one line each.
fn section(title: &str, of: &[Field], inline: bool) -> String {
    let inside = of.iter().filter_map(|field| match field.shape {
        Shape::Table(fields) => Some((format!("[{}]", field.name), fields)),
        Shape::Tables(fields, _) if inline => Some((format!("Each of {}, in braces", field.name), fields)),
        Shape::Tables(fields, _) => Some((format!("[[{}]]", field.name), fields)),
        _ => None,
    });
    let inside: String = inside.map(|(title, of)| format!("\n{}", section(&title, of, inline))).collect();
    format!("{title}\n\n{}{inside}", fields(of))
}

fn fields<'f>(fields: impl IntoIterator<Item = &'f Field>) -> String {
    rows(fields.into_iter().map(|field| {
        let star = if field.required { " *" } else { "" };
        let shape = shape(field.shape);
        let shape = if shape.is_empty() { shape } else { format!(" ({shape})") };
        (format!("{}{star}", field.name), format!("{}{shape}", field.doc.trim()))
    }))
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
        Shape::Limits(table) => format!("a number each for {}", names(table)),
        Shape::Users(users) => {
            let users: Vec<_> = users.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            format!("role = {}", users.join(" or "))
        }
        Shape::Table(_) => "a table".into(),
        Shape::Tables(_, most) | Shape::Questions(most) => format!("{most} at most"),
    }
}
