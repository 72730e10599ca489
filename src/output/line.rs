//! What a screen can show, before it is ink: labelled lines of coloured pieces. Everything that has a meaning
//! is decided here and in `narrate`; how it looks is decided in `screen`.

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
    #[must_use]
    pub fn made_safe(&self) -> Line {
        let mut safe = self.clone();
        let spell = |text: &mut String| {
            if !is_safe(text) {
                *text = line(text).into_owned();
            }
        };
        match &mut safe {
            Line::Blank => {}
            Line::Heading { left, right } => {
                left.iter_mut().chain(right).for_each(|piece| spell(&mut piece.text))
            }
            Line::Labelled { pieces, .. } | Line::Drawn(pieces) => {
                pieces.iter_mut().for_each(|piece| spell(&mut piece.text))
            }
            Line::Instead(text) | Line::Code { text, .. } => spell(text),
        }
        safe
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

/// The same of what stands out: a title, or a command to type.
pub fn strong(label: &'static str, text: impl Into<String>) -> Line {
    inked(label, Style::Strong, text)
}
