//! A report: what a command has shown, as a value that becomes one file to be handed in. HTML and Markdown hold the
//! sections, JSON holds the events that `--json` gives. A report is built after the run, from the lines of the screen and
//! from pictures of its own; it computes nothing and leaves nothing out that the screen has. What does not come from lab
//! is made safe in one place for each format: `html::text` for text and attributes, `markdown::plain`, and `Safe::json`.

mod about;
mod file;
mod html;
mod json;
mod lines;
mod markdown;
mod svg;

pub use about::{About, Ending};
pub use file::ReportFile;
pub use lines::blocks;
pub use svg::{Anchor, COLUMN, Drawing, ROW};

use super::line::Piece;
use crate::text::Safe;

/// What is handed in.
#[derive(Debug)]
pub struct Report {
    /// The file's first heading.
    pub title: String,
    /// What was run, where, when, and how it ended.
    pub about: About,
    /// Besides that, what holds for the whole run: lines of the screen.
    pub facts: Vec<Block>,
    pub sections: Vec<Section>,
    /// The events, a line of JSON each.
    pub events: Vec<Safe>,
}

/// A heading and what is under it.
#[derive(Debug, Default)]
pub struct Section {
    pub heading: String,
    pub blocks: Vec<Block>,
    /// Sections under a heading of the next level; three levels at most.
    pub sections: Vec<Section>,
}

/// A piece of a section.
#[derive(Debug)]
pub enum Block {
    Paragraph(Vec<Piece>),
    /// Labels and what they mark, as on the screen.
    Rows(Vec<Row>),
    /// Lines that stay as they are.
    Code(Vec<String>),
    /// The first row of cells holds the columns' names.
    Table {
        caption: String,
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    List {
        ordered: bool,
        items: Vec<Vec<Piece>>,
    },
    Picture(Picture),
}

/// A label of the screen and what it marks.
#[derive(Debug)]
pub struct Row {
    /// One of lab's own words, such as `MEANS`.
    pub label: &'static str,
    pub values: Vec<Content>,
}

/// What a label marks.
#[derive(Debug)]
pub enum Content {
    Text(Vec<Piece>),
    /// Lines of C.
    Code(Vec<String>),
}

/// A drawing, and the same in words: whoever can't see it misses nothing.
#[derive(Debug)]
pub struct Picture {
    /// What it is a picture of, in a few words.
    pub title: String,
    /// What it shows, in sentences.
    pub words: String,
    pub drawing: Drawing,
    /// The same drawn with characters, for Markdown; may be empty.
    pub characters: Vec<String>,
}

impl Section {
    pub fn new(heading: impl Into<String>, blocks: Vec<Block>) -> Section {
        Section { heading: heading.into(), blocks, sections: Vec::new() }
    }
}

/// What a report is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Html,
    Markdown,
    Json,
}

impl Report {
    pub fn text(&self, format: Format) -> String {
        match format {
            Format::Html => html::page(self),
            Format::Markdown => markdown::page(self),
            Format::Json => json::document(self),
        }
    }
}

#[cfg(test)]
mod tests;
