//! Lines to ink: labels in a column, wrapping at a width, colour where it is wanted, ASCII where it is needed. Text in,
//! text out.

use colored::{ColoredString, Colorize};
use textwrap::core::display_width;

use super::display::Display;
use super::line::{Line, Piece, Style, ink, words};
use super::wrap::{code, wrapped};
use crate::text::Safe;

/// The column in which values begin.
pub(super) const INDENT: usize = 10;

impl Display {
    pub(super) fn laid_out(&self, line: &Line, width: usize) -> String {
        match line {
            Line::Blank => "\n".into(),
            Line::Heading { left, right } => self.heading(left, right, width),
            Line::Labelled { label, pieces } if self.plain => in_plain(label, &words(pieces)),
            Line::Labelled { label, pieces } => {
                // What a label has more than its column goes before its value.
                let (label, more) = label.split_at(label.len().min(INDENT));
                let more = (!more.is_empty()).then(|| ink(Style::Strong, format!("{more}  ")));
                let pieces: Vec<Piece> = more.into_iter().chain(pieces.iter().cloned()).collect();
                let rows = wrapped(&pieces, width - INDENT);
                self.beside(label, rows.iter().map(|pieces| self.row(pieces)))
            }
            Line::Code { label, text } if self.plain => in_plain(label, text),
            Line::Code { label, text } => self.beside(label, code(text, width - INDENT)),
            Line::Drawn(_) if self.plain => String::new(),
            Line::Drawn(pieces) if self.ascii => {
                let pieces: Vec<_> = pieces.iter().map(in_ascii).collect();
                format!("{}\n", self.row(&pieces).trim_end())
            }
            Line::Drawn(pieces) => format!("{}\n", self.row(pieces).trim_end()),
            Line::Instead(sentence) if self.plain => format!("PICTURE: {sentence}\n"),
            Line::Instead(_) => String::new(),
        }
    }

    /// Rows with a label in the column before the first.
    fn beside(&self, label: &str, rows: impl IntoIterator<Item = String>) -> String {
        let first = self.inked(Style::Strong, &format!("{label:INDENT$}"));
        let margins = std::iter::once(first).chain(std::iter::repeat(" ".repeat(INDENT)));
        margins.zip(rows).map(|(margin, row)| format!("{margin}{row}\n")).collect()
    }

    fn heading(&self, left: &[Piece], right: &[Piece], width: usize) -> String {
        let length = |pieces: &[Piece]| pieces.iter().map(|piece| display_width(&piece.text)).sum::<usize>();
        if self.plain {
            return format!("{}, {}\n", self.row(left), self.row(right));
        }
        match width.checked_sub(length(left) + length(right)) {
            Some(gap) if gap >= 2 => format!("{}{}{}\n", self.row(left), " ".repeat(gap), self.row(right)),
            _ => {
                let rows = wrapped(left, width).into_iter().chain(wrapped(right, width));
                rows.map(|row| format!("{}\n", self.row(&row))).collect()
            }
        }
    }

    fn row(&self, pieces: &[Piece]) -> String {
        pieces.iter().map(|piece| self.inked(piece.ink, &piece.text)).collect()
    }

    /// The 8 standard colours and bold only: the terminal's theme decides what they look like.
    fn inked(&self, ink: Style, text: &str) -> String {
        let inked: ColoredString = match ink {
            Style::Plain => return text.into(),
            _ if !self.colour => return text.into(),
            Style::Strong => text.bold(),
            Style::Actor(place) => match place % 3 {
                0 => text.cyan(),
                1 => text.magenta(),
                _ => text.blue(),
            },
            Style::Kernel => text.yellow(),
            Style::Good => text.green(),
            Style::Bad => text.red().bold(),
        };
        inked.to_string()
    }
}

fn in_plain(label: &str, text: &str) -> String {
    if label.is_empty() { format!("  {text}\n") } else { format!("{label}: {text}\n") }
}

/// How many rows a terminal of this width goes down for a text: a line wider than that takes several.
pub(super) fn rows_of(text: &str, columns: usize) -> usize {
    let row = |line: &str| display_width(line.trim_end_matches('\n')).saturating_sub(1) / columns.max(1);
    text.split_inclusive('\n').map(|line| row(line) + usize::from(line.ends_with('\n'))).sum()
}

/// A piece of a drawing in ASCII, no wider than it was: what takes more room there takes it from the blanks behind it,
/// and then from its own end.
fn in_ascii(piece: &Piece) -> Piece {
    const MORE: &str = "...";
    let (width, mut text) =
        (display_width(&piece.text), Safe::line(&piece.text).in_ascii().as_str().to_owned());
    if text.trim_end().len() > width {
        text.truncate(width.saturating_sub(MORE.len()));
        text.push_str(&MORE[..width.min(MORE.len())]);
    }
    text.truncate(width);
    Piece { ink: piece.ink, text: format!("{text:width$}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::line::{labelled, plain};

    fn laid_out(line: &Line, width: usize) -> String {
        Display { colour: false, ascii: false, plain: false }.laid_out(line, width)
    }

    #[test]
    fn a_labelled_line_wraps_under_itself_and_keeps_long_values_whole() {
        let line =
            labelled("EVIDENCE", "7f6f7bd99000-7f6f7bd9b000 rw-s 00000000 00:01 28 /SYSV00001234 (deleted)");
        let narrow = "EVIDENCE  7f6f7bd99000-7f6f7bd9b000 rw-s\n          00000000 00:01 28\n          /SYSV00001234 (deleted)\n";
        assert_eq!(laid_out(&line, 40), narrow);
        let line = labelled("X", "one 0123456789012345678901234567890123456789 two");
        let kept = "X         one\n          0123456789012345678901234567890123456789\n          two\n";
        assert_eq!(laid_out(&line, 40), kept);
    }

    #[test]
    fn a_fact_stays_with_its_value_and_code_follows_its_number() {
        let line = labelled(
            "ROW",
            "key 0x00000000  shmid 490209283  cpid 28818  and a fact that is longer than a row",
        );
        let narrow = "ROW       key 0x00000000\n          shmid 490209283  cpid 28818\n          and a fact that is longer than\n          a row\n";
        assert_eq!(laid_out(&line, 40), narrow);
        let line = labelled("LISTING", "2  char *p = shmat(id, NULL, 0);");
        let narrow = "LISTING   2  char *p = shmat(id, NULL,\n          0);\n";
        assert_eq!(laid_out(&line, 40), narrow);
    }

    #[test]
    fn a_label_longer_than_its_column_goes_before_its_value() {
        let line = labelled("NOT THIS TIME", "3: that would be true if it were");
        let narrow = "NOT THIS TIME  3: that would be true if it\n          were\n";
        assert_eq!(laid_out(&line, 42), narrow);
    }

    #[test]
    fn plain_mode_has_a_colon_and_no_layout() {
        let display = Display { colour: false, ascii: false, plain: true };
        let line = Line::Labelled { label: "AFTER", pieces: vec![plain("nattch "), ink(Style::Kernel, "1")] };
        assert_eq!(display.laid_out(&line, 40), "AFTER: nattch 1\n");
        assert_eq!(display.laid_out(&Line::Drawn(vec![plain("box")]), 40), "");
        assert_eq!(display.laid_out(&Line::Instead("A box.".into()), 40), "PICTURE: A box.\n");
    }

    #[test]
    fn a_line_wider_than_the_window_takes_several_rows() {
        let rows =
            [("", 0), ("a", 0), ("a\n", 1), ("a\n\nb\n", 3), ("12345\n", 1), ("123456\n", 2), ("123456", 1)];
        for (text, wanted) in rows {
            assert_eq!(rows_of(text, 5), wanted, "{text:?}");
        }
        assert_eq!(rows_of("\u{1b}[1m12345\u{1b}[0m\n", 5), 1);
    }

    #[test]
    fn a_heading_too_long_for_its_row_takes_two() {
        let heading = Line::Heading { left: vec![plain("Step 1 of 2")], right: vec![plain("sandbox")] };
        assert_eq!(laid_out(&heading, 40), format!("Step 1 of 2{}sandbox\n", " ".repeat(22)));
        assert_eq!(laid_out(&heading, 18), "Step 1 of 2\nsandbox\n");
        assert_eq!(laid_out(&heading, 7), "Step 1\nof 2\nsandbox\n");
    }
}
