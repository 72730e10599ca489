//! What a screen can show, before it is ink: labelled lines of coloured pieces. Everything that has a meaning
//! is decided here and in `narrate`; how it looks is decided in `screen`.

use std::borrow::Cow;

pub use super::phrase::counted;
use crate::text::{is_safe, line};

/// Whose colour a piece has. Never the only sign: a word always says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Strong,
    /// The actor that entered first, second, third…
    Actor(usize),
    Kernel,
    Good,
    Bad,
}

/// A piece of a line in one ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    pub ink: Style,
    pub text: String,
}

/// One thing to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    Blank,
    /// A step's first line: what it is at the left, where and who at the right.
    Heading {
        left: Vec<Piece>,
        right: Vec<Piece>,
    },
    /// A landmark word and what it marks; wraps under itself. Without a label it goes on the line above.
    Labelled {
        label: &'static str,
        pieces: Vec<Piece>,
    },
    /// A line of C, with the blanks that it begins with; a label as above.
    Code {
        label: &'static str,
        text: String,
    },
    /// Already laid out; shown as it is, and left out in plain mode.
    Drawn(Vec<Piece>),
    /// The sentence that says what a drawing shows; shown where the drawing is not.
    Instead(String),
}

impl Line {
    /// The same line with everything in it spelled that may not reach a screen.
    pub fn made_safe(&self) -> Cow<'_, Line> {
        let all = |pieces: &[Piece]| pieces.iter().all(|piece| is_safe(&piece.text));
        let is_safe = match self {
            Line::Blank => true,
            Line::Heading { left, right } => all(left) && all(right),
            Line::Labelled { pieces, .. } | Line::Drawn(pieces) => all(pieces),
            Line::Instead(text) | Line::Code { text, .. } => is_safe(text),
        };
        if is_safe { Cow::Borrowed(self) } else { Cow::Owned(self.spelled()) }
    }

    fn spelled(&self) -> Line {
        let safe = |text: &str| line(text).into_owned();
        let pieces = |pieces: &[Piece]| {
            pieces.iter().map(|piece| Piece { ink: piece.ink, text: safe(&piece.text) }).collect()
        };
        match self {
            Line::Blank => Line::Blank,
            Line::Heading { left, right } => Line::Heading { left: pieces(left), right: pieces(right) },
            Line::Labelled { label, pieces: row } => Line::Labelled { label, pieces: pieces(row) },
            Line::Drawn(row) => Line::Drawn(pieces(row)),
            Line::Code { label, text } => Line::Code { label, text: safe(text) },
            Line::Instead(sentence) => Line::Instead(safe(sentence)),
        }
    }
}

/// A piece in plain ink.
pub fn plain(text: impl Into<String>) -> Piece {
    Piece { ink: Style::Plain, text: text.into() }
}

pub fn ink(ink: Style, text: impl Into<String>) -> Piece {
    Piece { ink, text: text.into() }
}

/// What pieces say, whatever their ink.
pub fn words(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// A labelled line of one piece in an ink.
pub fn inked(label: &'static str, style: Style, text: impl Into<String>) -> Line {
    Line::Labelled { label, pieces: vec![ink(style, text)] }
}

/// The same in plain ink.
pub fn labelled(label: &'static str, text: impl Into<String>) -> Line {
    inked(label, Style::Plain, text)
}
