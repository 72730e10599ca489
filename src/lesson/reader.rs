//! What a file's readers share: its mistakes, each at its place, and the places inside its texts. It knows no field.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::question::QuestionKind;
use super::token::{ParseError, unknown};
use crate::diagnostic::Diagnostic;
use crate::text::printable;

/// The most mistakes that are shown of one file. A file with more is no lesson but something else.
const MAX_DIAGNOSTICS: usize = 200;

/// The longest call, and the longest word, that fits a line of 80 columns beside its label.
pub(super) const MAX_COLUMNS: usize = 70;

/// A text of the file and where it stands, so that a mistake inside it can be pointed at.
pub(super) type Text = Spanned<String>;

pub(super) struct FileReader<'a> {
    file: &'a str,
    text: &'a str,
    /// What would only look bad counts too.
    pub strict: bool,
    /// The kind of the question that is being read: it decides which fields count.
    pub kind: Option<QuestionKind>,
    diagnostics: Vec<Diagnostic>,
    /// How many mistakes came after the last one shown.
    further: usize,
}

impl<'a> FileReader<'a> {
    pub(super) fn new(file: &'a str, text: &'a str, strict: bool) -> FileReader<'a> {
        FileReader { file, text, strict, kind: None, diagnostics: Vec::new(), further: 0 }
    }

    /// The file as TOML, as far as it is.
    pub(super) fn parse(&mut self) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.wrong(ParseError::new(error.span().unwrap_or_default(), error.message()));
        }
        table
    }

    /// What was read; or every mistake, in the order of their lines.
    pub(super) fn finish<T>(mut self, read: T) -> Result<T, Vec<Diagnostic>> {
        self.diagnostics.sort_by_key(|diagnostic| (diagnostic.line, diagnostic.column));
        let Some(last) = self.diagnostics.last().cloned() else { return Ok(read) };
        if self.further > 0 {
            let what = format!("and {} more mistakes, which are not shown", self.further);
            self.diagnostics.push(Diagnostic { what, help: None, ..last });
        }
        Err(self.diagnostics)
    }

    pub(super) fn is_right_so_far(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// A mistake at a place of the file.
    pub(super) fn wrong(&mut self, wrong: ParseError) {
        if self.diagnostics.len() == MAX_DIAGNOSTICS {
            self.further += 1;
            return;
        }
        self.diagnostics.push(Diagnostic::at(self.file, self.text, wrong.at, wrong.what, wrong.help));
    }

    /// A mistake at the end of the file, where something is missing.
    pub(super) fn wrong_at_end(&mut self, what: &str, help: &str) {
        let end = self.text.len();
        self.wrong(ParseError::new(end..end, what).help(help));
    }

    /// A mistake inside a text, at the text's own offsets.
    pub(super) fn wrong_in(&mut self, text: &Text, mut wrong: ParseError) {
        let map = offsets(self.text, text);
        wrong.at = match (map.get(wrong.at.start), map.get(wrong.at.end)) {
            (Some(start), Some(end)) => *start..(*end).max(start + 1),
            // Behind the last character, where something is missing.
            (Some(start), None) => *start..start + 1,
            (None, _) => text.span(),
        };
        self.wrong(wrong);
    }

    /// A mistake that is the whole text.
    pub(super) fn wrong_all_of(&mut self, text: &Text, what: String) {
        self.wrong_in(text, ParseError::new(0..text.get_ref().len(), what));
    }

    /// What a text of the notation says; none if it is missing, which is reported already.
    pub(super) fn parsed<T>(&mut self, text: &Text, parse: fn(&str) -> Result<T, ParseError>) -> Option<T> {
        if text.get_ref().is_empty() {
            return None;
        }
        parse(text.get_ref()).map_err(|wrong| self.wrong_in(text, wrong)).ok()
    }

    pub(super) fn table<'t, 'i>(
        &mut self,
        value: &'t Spanned<DeValue<'i>>,
        written: &str,
    ) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(ParseError::new(value.span(), format!("this should be a table: {written}")));
        }
        table
    }

    /// Reports every field that is none of these.
    pub(super) fn known(&mut self, table: &DeTable<'_>, known: impl Iterator<Item = &'static str> + Clone) {
        for key in table.keys() {
            if !known.clone().any(|name| name == key.get_ref()) {
                self.wrong(unknown(key.span(), "field", key.get_ref(), known.clone()));
            }
        }
    }

    /// A text may run over several lines of the file; lab shows it in one. What else is not printable would reach a
    /// terminal, and is refused.
    pub(super) fn text(&mut self, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Text> {
        let Some(text) = value.get_ref().as_str() else {
            let what = format!("`{name}` is text in quotes, not {}", value.get_ref().type_str());
            self.wrong(ParseError::new(value.span(), what));
            return None;
        };
        // Most texts are one line of plain ASCII: nothing has to be looked at a character at a time.
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Some(Spanned::new(value.span(), text.to_owned()));
        }
        let text = Spanned::new(value.span(), text.replace(['\n', '\r', '\t'], " "));
        if let Some((at, c)) = text.get_ref().char_indices().find(|(_, c)| !printable(*c)) {
            let what = format!("`{name}` holds the control character {}", c.escape_unicode());
            let wrong = ParseError::new(at..at + c.len_utf8(), what);
            self.wrong_in(&text, wrong.help("only printable text can be shown"));
        }
        Some(text)
    }
}

/// For every byte of a string's value, its place in the file. A TOML string in double quotes may hold
/// escapes, which are longer in the file than in the value.
fn offsets(file: &str, text: &Text) -> Vec<usize> {
    let raw = &file[text.span()];
    let quotes =
        ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quotes| raw.starts_with(quotes)).unwrap_or("");
    let newline = usize::from(quotes.len() == 3 && raw[3..].starts_with('\n'));
    let start = quotes.len() + newline;
    // A string that is never closed ends with something else.
    let body = raw[start..].strip_suffix(quotes).unwrap_or(&raw[start..]);
    let mut map = Vec::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        let place = text.span().start + start + at;
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
    map.push(text.span().start + start + body.len());
    // A folded line or another rarity: point at the whole string rather than at a wrong word.
    if map.len() == text.get_ref().len() + 1 { map } else { Vec::new() }
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
