//! A mistake in a lesson file, as its author reads it: file, line, column, the line itself, a caret under the
//! word, and the way out. It only formats; finding mistakes is the parsers' work.

use std::fmt;
use std::ops::Range;

/// One mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How many characters the carets underline.
    pub width: usize,
    /// The whole line of the file.
    pub source: String,
    pub what: String,
    pub help: Option<String>,
}

impl Mistake {
    /// The mistake at a byte range of a file's text.
    pub fn at(file: &str, text: &str, span: Range<usize>, what: String, help: Option<String>) -> Self {
        let start = floor(text, span.start);
        let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let to = text[from..].find('\n').map_or(text.len(), |length| from + length);
        let end = floor(text, span.end).clamp(start, to.max(start));
        Mistake {
            file: file.into(),
            line: text[..from].matches('\n').count() + 1,
            column: text[from..start].chars().count() + 1,
            width: text[start..end].chars().count().max(1),
            source: text[from..to].trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
            what,
            help,
        }
    }
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.what)?;
        writeln!(f, "{number} | {}", self.source)?;
        write!(f, "{margin} | {}{}", " ".repeat(self.column - 1), "^".repeat(self.width))?;
        match &self.help {
            Some(help) => write!(f, "\n{margin} = {help}"),
            None => Ok(()),
        }
    }
}
