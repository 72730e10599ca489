//! Help at the window's width. The texts of the help are laid out by hand or by the parser: paragraphs, lists, tables in
//! columns, examples. Here they are read back as such, and laid out anew where they are wider than the window. A word is
//! never cut, and an example never broken, because it is there to be copied.

use textwrap::{Options, WordSplitter};

use crate::text::columns;

/// A line that ends before this column ends there on purpose, and is not continued by the next one.
const FILLED: usize = 70;
/// The least room that a table's last column gets. With less of it, it stands below the first one.
const MIN_COLUMN: usize = 20;
/// How far below and to the right it stands then.
const BELOW: usize = 4;
/// What an example begins with.
const EXAMPLES: [&str; 3] = ["lab ", "cc ", "strace "];

/// A part of a text that is laid out by itself.
#[derive(Debug, Default)]
struct Part {
    /// As it is written.
    lines: Vec<String>,
    indent: usize,
    /// The first column of a table, or the dash of a list; nothing in a paragraph.
    term: String,
    /// Where the text begins that goes on in the next line.
    column: usize,
    text: String,
}

/// The text in lines of at most `width` columns, but for examples and words that are longer.
pub fn narrowed(text: &str, width: usize) -> String {
    parts(text).iter().map(|part| part.laid_out(width)).collect()
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for line in text.lines() {
        match parts.last_mut().filter(|part| part.goes_on(line)) {
            Some(part) => {
                part.text = format!("{} {}", part.text, one_blank(line)).trim_start().to_owned();
                part.lines.push(line.to_owned());
            }
            None => parts.push(Part::new(line)),
        }
    }
    parts
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A line's words with one blank between them.
fn one_blank(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Part {
    fn new(line: &str) -> Part {
        let indent = indent(line);
        let inside = line.trim();
        let (term, text) = match (inside.strip_prefix("- "), inside.split_once("  ")) {
            (Some(text), _) => ("- ", text),
            (None, Some((term, text))) => (term, text.trim_start()),
            (None, None) => ("", inside),
        };
        let column = line.len() - text.len();
        Part { lines: vec![line.to_owned()], indent, term: term.into(), column, text: one_blank(text) }
    }

    /// Whether the next line belongs to this part.
    fn goes_on(&self, line: &str) -> bool {
        let last = self.lines.last().map_or(0, |line| columns(line));
        let first = line.split_whitespace().next().map_or(0, columns);
        let filled = !self.term.is_empty() || (last + 1 + first > FILLED && !self.is_example());
        // In a table of many columns only the last one goes on, further to the right.
        let many = !self.term.is_empty() && self.lines[0].trim()[self.term.len()..].trim().contains("  ");
        let here = indent(line) == self.column || (many && indent(line) > self.column);
        let json = line.trim_start().starts_with('{');
        first > 0 && last > 0 && here && filled && !json
    }

    fn is_example(&self) -> bool {
        let start = if self.term.is_empty() { &self.text } else { &self.term };
        self.indent > 0 && EXAMPLES.iter().any(|example| start.starts_with(example))
    }

    fn laid_out(&self, width: usize) -> String {
        let as_written = || self.lines.iter().map(|line| format!("{line}\n")).collect();
        if self.lines.iter().all(|line| columns(line) <= width) || (self.term.is_empty() && self.is_example())
        {
            return as_written();
        }
        let margin = " ".repeat(self.indent);
        let head = format!("{margin}{:<1$}", self.term, self.column - self.indent);
        if self.column + MIN_COLUMN <= width {
            return filled(&self.text, &head, self.column, width);
        }
        let term = match self.is_example() {
            true => format!("{}\n", head.trim_end()),
            false => filled(&self.term, &margin, self.indent + BELOW / 2, width),
        };
        let below = self.indent + BELOW;
        term + &filled(&self.text, &" ".repeat(below), below, width)
    }
}

fn filled(text: &str, first: &str, column: usize, width: usize) -> String {
    let next = " ".repeat(column);
    let options = Options::new(width).initial_indent(first).subsequent_indent(&next).break_words(false);
    let options = options.word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_tables_and_lists_keep_their_form() {
        let text = "Title\n\n\
            A paragraph whose first line is as long as a line of eighty columns can be so that\n\
            it goes on here.\n\
            -o FILE   the file into which everything is written, however long it is\n\
            \x20         and whoever reads it\n\
            - an item that is longer than the window is wide\n";
        let narrow = "Title\n\n\
            A paragraph whose first line is as long\n\
            as a line of eighty columns can be so\n\
            that it goes on here.\n\
            -o FILE   the file into which everything\n\
            \x20         is written, however long it is\n\
            \x20         and whoever reads it\n\
            - an item that is longer than the window\n\
            \x20 is wide\n";
        assert_eq!(narrowed(text, 40), narrow);
        assert_eq!(narrowed(text, 90), text);
    }

    #[test]
    fn an_example_stays_whole_and_what_it_does_stands_below() {
        let text = "Examples:\n\
            \x20 lab step-through --message 'hello from row 7'\n\
            \x20 lab step-through --from 8         the client's half; the server's runs by itself\n\
            \x20     --color <WHEN>      When to use colour\n";
        let narrow = "Examples:\n\
            \x20 lab step-through --message 'hello from row 7'\n\
            \x20 lab step-through --from 8\n\
            \x20     the client's half; the server's\n\
            \x20     runs by itself\n\
            \x20     --color <WHEN>\n\
            \x20         When to use colour\n";
        assert_eq!(narrowed(text, 40), narrow);
    }

    #[test]
    fn lines_that_end_early_are_not_joined() {
        let text =
            "missing-file (mistake): ftok's file does not exist\nkey-minus-one (mistake): The key is -1\n";
        let narrow =
            "missing-file (mistake): ftok's file does\nnot exist\nkey-minus-one (mistake): The key is -1\n";
        assert_eq!(narrowed(text, 40), narrow);
    }
}
