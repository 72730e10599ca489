//! Reading a TOML table by hand: fields by name, each with its place, and every mistake instead of the first. It
//! knows no lesson and no question; what a field means is its callers' business.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::token::{ParseError, unknown};
use crate::diagnostic::Diagnostic;
use crate::text::printable;

/// The most mistakes that are shown of one file. A file with more is no lesson but something else.
const MAX_DIAGNOSTICS: usize = 200;

/// A value's text and where it stands, so that a mistake inside it can be pointed at.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub text: String,
    pub span: Range<usize>,
}

pub(super) struct FileReader<'a> {
    pub file: &'a str,
    pub text: &'a str,
    pub strict: bool,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// How many mistakes came after the last one shown.
    further: usize,
}

impl<'a> FileReader<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, strict: bool) -> FileReader<'a> {
        FileReader { file, text, strict, diagnostics: Vec::new(), further: 0 }
    }
}

impl FileReader<'_> {
    pub(super) fn into_mistakes(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        if let (Some(last), true) = (self.diagnostics.last().cloned(), self.further > 0) {
            let what = format!("and {} more mistakes, which are not shown", self.further);
            self.diagnostics.push(Diagnostic { what, help: None, ..last });
        }
        self.diagnostics
    }

    pub(super) fn wrong(&mut self, span: Range<usize>, wrong: ParseError) {
        if self.diagnostics.len() == MAX_DIAGNOSTICS {
            self.further += 1;
            return;
        }
        self.diagnostics.push(Diagnostic::at(self.file, self.text, span, wrong.what, wrong.help));
    }

    /// A mistake inside a piece of text, at the piece's own offsets.
    pub(super) fn wrong_in(&mut self, piece: &Piece, wrong: ParseError) {
        let map = offsets(self.text, piece);
        let span = match (map.get(wrong.at.start), map.get(wrong.at.end)) {
            (Some(start), Some(end)) => *start..(*end).max(start + 1),
            // Behind the last character, where something is missing.
            (Some(start), None) => *start..start + 1,
            (None, _) => piece.span.clone(),
        };
        self.wrong(span, wrong);
    }

    pub(super) fn flag(&mut self, table: &DeTable<'_>, name: &str) -> bool {
        let Some(value) = table.get(name) else { return false };
        match value.get_ref() {
            DeValue::Boolean(flag) => *flag,
            _ => {
                self.wrong(value.span(), ParseError::new(0..0, format!("`{name}` is true or false")));
                false
            }
        }
    }

    /// What a piece of notation says; none if it is missing, which has been told already.
    pub(super) fn parsed<T>(&mut self, piece: &Piece, parse: fn(&str) -> Result<T, ParseError>) -> Option<T> {
        if piece.text.is_empty() {
            return None;
        }
        parse(&piece.text).map_err(|wrong| self.wrong_in(piece, wrong)).ok()
    }

    pub(super) fn table<'t, 'i>(
        &mut self,
        value: &'t Spanned<DeValue<'i>>,
        what: &str,
    ) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(value.span(), ParseError::new(0..0, format!("this should be a table: {what}")));
        }
        table
    }

    pub(super) fn known(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&&**key.get_ref())) {
            self.wrong(key.span(), unknown(0..0, "field", key.get_ref(), known.iter().copied()));
        }
    }

    pub(super) fn required(&mut self, table: &DeTable<'_>, name: &str, around: &Range<usize>) -> Piece {
        let found = self.text(table, name);
        let missing = match &found {
            None if table.get(name).is_none() => Some((around.clone(), format!("`{name}` is missing"))),
            Some(piece) if piece.text.trim().is_empty() => {
                Some((piece.span.clone(), format!("`{name}` is empty")))
            }
            _ => None,
        };
        if let Some((span, what)) = missing {
            self.wrong(span, ParseError::new(0..0, what));
        }
        found.unwrap_or(Piece { text: String::new(), span: around.clone() })
    }

    pub(super) fn text(&mut self, table: &DeTable<'_>, name: &str) -> Option<Piece> {
        table.get(name).and_then(|value| self.piece(value, name))
    }

    pub(super) fn piece(&mut self, value: &Spanned<DeValue<'_>>, name: &str) -> Option<Piece> {
        match value.get_ref().as_str() {
            Some(text) => Some(self.tame(text, name, value.span())),
            None => {
                let found = value.get_ref().type_str();
                self.wrong(
                    value.span(),
                    ParseError::new(0..0, format!("`{name}` is text in quotes, not {found}")),
                );
                None
            }
        }
    }

    /// A text may run over several lines of the file; it is told in one. What else is not printable would
    /// reach a terminal, and is refused.
    fn tame(&mut self, text: &str, name: &str, span: Range<usize>) -> Piece {
        let text = text.replace(['\n', '\r', '\t'], " ");
        let piece = Piece { text, span };
        if let Some((at, c)) = piece.text.char_indices().find(|(_, c)| !printable(*c)) {
            let what = format!("`{name}` holds the control character {}", c.escape_unicode());
            self.wrong_in(
                &piece,
                ParseError::new(at..at + c.len_utf8(), what).help("only printable text can be shown"),
            );
        }
        piece
    }

    pub(super) fn texts(&mut self, table: &DeTable<'_>, name: &str) -> Vec<Piece> {
        let Some(value) = table.get(name) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(items) => items.iter().filter_map(|item| self.piece(item, name)).collect(),
            None => self.piece(value, name).into_iter().collect(),
        }
    }

    pub(super) fn number(&mut self, table: &DeTable<'_>, name: &str) -> Option<usize> {
        let value = table.get(name)?;
        let found = whole(value);
        if found.is_none() {
            self.wrong(value.span(), ParseError::new(0..0, format!("`{name}` is a whole number")));
        }
        found
    }
}

pub(super) fn whole(value: &Spanned<DeValue<'_>>) -> Option<usize> {
    let number = value.get_ref().as_integer()?;
    usize::from_str_radix(number.as_str(), number.radix()).ok()
}

/// For every byte of a string's value, where it stands in the file. A TOML string in double quotes may hold
/// escapes, which are longer in the file than in the value.
fn offsets(file: &str, piece: &Piece) -> Vec<usize> {
    let raw = &file[piece.span.clone()];
    let quotes =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| raw.starts_with(quotes)).unwrap_or("");
    let newline = usize::from(quotes.len() == 3 && raw[3..].starts_with('\n'));
    let start = quotes.len() + newline;
    // A string that is never closed ends with something else.
    let body = raw[start..].strip_suffix(quotes).unwrap_or(&raw[start..]);
    let mut map = Vec::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        let place = piece.span.start + start + at;
        let length = if c == '\\' && quotes.starts_with('"') {
            match chars.next().map(|(_, escaped)| escaped) {
                Some('x') => skip(&mut chars, body, 2),
                Some('u') => skip(&mut chars, body, 4),
                Some('U') => skip(&mut chars, body, 8),
                _ => 1,
            }
        } else {
            c.len_utf8()
        };
        map.extend(std::iter::repeat_n(place, length));
    }
    map.push(piece.span.start + start + body.len());
    // A folded line or another rarity: point at the whole string rather than at a wrong word.
    if map.len() == piece.text.len() + 1 { map } else { Vec::new() }
}

/// Reads the hex digits of an escape; how many bytes its character takes as UTF-8.
fn skip(chars: &mut std::str::CharIndices<'_>, body: &str, digits: usize) -> usize {
    let from = chars.offset();
    for _ in 0..digits {
        chars.next();
    }
    let code = body.get(from..from + digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    code.and_then(char::from_u32).map_or(1, char::len_utf8)
}
