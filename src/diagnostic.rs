//! A mistake in a lesson file, as its author reads it: file, line, column, the line itself, a caret under the
//! word, and the way out. It only formats; finding mistakes is the parsers' work. A file may come from a
//! stranger: what is not printable in it is spelled out, and the caret stands under its spelling.

use std::fmt;
use std::ops::Range;

use crate::text::{columns, line, source};

/// How much of a long line is shown, in characters, and how much of it before the mistake.
const SHOWN_COLUMNS: usize = 160;
const COLUMNS_BEFORE: usize = 60;

/// One mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// How many columns the carets underline.
    pub width: usize,
    /// The line of the file as it is shown; of a very long one the part around the mistake.
    pub source: String,
    /// Where in `source` the mistake begins, from 0, in columns.
    pub caret: usize,
    pub what: String,
    pub help: Option<String>,
}

impl Diagnostic {
    /// The mistake at a byte range of a file's text.
    pub fn at(file: &str, text: &str, span: Range<usize>, what: String, help: Option<String>) -> Self {
        let start = floor(text, span.start);
        let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let to = text[from..].find('\n').map_or(text.len(), |length| from + length);
        let end = floor(text, span.end).clamp(start, to.max(start));
        let column = text[from..start].chars().count();
        let cut = if text[from..to].chars().count() > SHOWN_COLUMNS {
            column.saturating_sub(COLUMNS_BEFORE)
        } else {
            0
        };
        let shown = |text: &str, from: usize, most: usize| {
            source(&text.chars().skip(from).take(most).collect::<String>())
        };
        let row = &text[from..to];
        let under =
            text[start..end].chars().count().clamp(1, SHOWN_COLUMNS - (column - cut).min(SHOWN_COLUMNS - 1));
        Diagnostic {
            file: file.into(),
            line: text.as_bytes()[..from].iter().filter(|byte| **byte == b'\n').count() + 1,
            column: column + 1,
            width: columns(&shown(row, column, under)).max(1),
            source: shown(row.trim_end(), cut, SHOWN_COLUMNS),
            caret: columns(&shown(row, cut, column - cut)),
            what,
            help,
        }
    }
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0)
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        writeln!(f, "{}:{}:{}: {}", line(&self.file), self.line, self.column, line(&self.what))?;
        writeln!(f, "{number} | {}", self.source)?;
        write!(f, "{margin} | {}{}", " ".repeat(self.caret), "^".repeat(self.width))?;
        match &self.help {
            Some(help) => write!(f, "\n{margin} = {}", line(help)),
            None => Ok(()),
        }
    }
}
