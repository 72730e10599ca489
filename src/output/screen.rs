//! Lines to ink: labels in a column, wrapping at the terminal's width, colour where it is wanted, ASCII where
//! it is needed. The one place that writes to standard output, and with [`super::trace_output`] to standard error, and both
//! take nothing but [`Safe`] text. Every write is waited for, so that a signal gets through to a screen that has
//! stopped, and every failure is a failure.

use std::cell::Cell;
use std::env;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use colored::{ColoredString, Colorize};
use nix::poll::PollFlags;
use serde::Serialize;
use terminal_size::{Height, Width, terminal_size_of};
use textwrap::core::display_width;

use super::line::{Line, Piece, Style, ink};
use super::narrow;
use super::wrap::{code, filled, wrapped};
use crate::error::Error;
use crate::sys::signals::{self, Woken};
use crate::text::{self, Safe};

/// When to colour.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    Always,
    Never,
    #[default]
    Auto,
}

/// How to show things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    pub colour: bool,
    pub ascii: bool,
    /// Label: value lines, no drawing.
    pub plain: bool,
}

/// The narrowest screen that is laid out for; a narrower one wraps by itself.
const MIN_WIDTH: usize = 40;
pub const MAX_WIDTH: usize = 100;
/// The column in which values begin.
const INDENT: usize = 10;
/// A write no larger than this does not block once the stream is ready.
const CHUNK_BYTES: usize = 1024;

impl Display {
    /// Decides from the options and the environment: `--color` beats NO_COLOR beats CLICOLOR_FORCE beats
    /// TERM=dumb beats whether it is a terminal.
    pub fn choose(colour: Colour, ascii: bool, plain: bool) -> Display {
        Display::choose_for(io::stdout().is_terminal(), colour, ascii, plain)
    }

    /// The same for another stream than standard output.
    pub fn choose_for(terminal: bool, colour: Colour, ascii: bool, plain: bool) -> Display {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let coloured = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if set("NO_COLOR") => false,
            Colour::Auto if set("CLICOLOR_FORCE") && env::var_os("CLICOLOR_FORCE") != Some("0".into()) => {
                true
            }
            Colour::Auto if env::var_os("TERM").is_some_and(|term| term == "dumb") => false,
            Colour::Auto => terminal,
        };
        let plain = plain || env::var_os("ACCESSIBLE").is_some_and(|value| value == "1");
        Display { colour: coloured, ascii: ascii || !utf8(), plain }
    }
}

/// The name of the locale whose characters are shown; none where no variable sets one.
pub fn locale() -> Option<String> {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let set = names.iter().filter_map(env::var_os).find(|value| !value.is_empty());
    set.map(|value| value.to_string_lossy().into_owned())
}

/// Whether the locale says that this terminal understands UTF-8.
pub fn utf8() -> bool {
    locale().is_some_and(|value| {
        let value = value.to_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}

/// Columns of the terminal behind a stream; none where there is none or it doesn't know.
pub fn columns(stream: impl AsFd) -> Option<usize> {
    terminal_size_of(stream).map(|(Width(columns), _)| columns.into())
}

/// The rows of a terminal that does not know them.
const USUAL_ROWS: usize = 24;

/// Standard output.
#[derive(Debug)]
pub struct Screen {
    pub look: Display,
    /// How many rows below the page's top the cursor is, as far as lab's own lines have moved it.
    cursor: Cell<usize>,
    /// The line that the cursor is in has ended, and the next write begins a new one: at once, a full page would lose its
    /// first row to the scrollback, and have it there twice when it is drawn anew.
    ended: Cell<bool>,
}

impl Screen {
    pub fn new(look: Display) -> Screen {
        // The crate has its own idea of when to colour; ours is pinned by tests.
        colored::control::set_override(look.colour);
        // Where a run finds the cursor is not known: the first page begins below all that is there.
        Screen { look, cursor: Cell::new(usize::MAX), ended: Cell::new(false) }
    }

    /// The rows of the window, asked anew each time.
    pub fn window_rows(&self) -> usize {
        self.height().unwrap_or(USUAL_ROWS)
    }

    pub fn cursor_row(&self) -> usize {
        self.cursor.get().saturating_add(usize::from(self.ended.get()))
    }

    pub(super) fn set_cursor_row(&self, row: usize) {
        self.cursor.set(row);
    }

    /// How many rows a question takes, with the answer behind it.
    pub fn height_of_question(&self, question: &str) -> usize {
        let text = self.sentence(&format!("{question}0000"));
        rows_of(text.as_str(), columns(io::stdout()).unwrap_or(MAX_WIDTH)) + 1
    }

    /// The line of a question ends: whatever is written next begins a new one.
    pub fn end_line(&self) {
        self.ended.set(true);
    }

    /// Whether a line has ended that nothing was written below; from now on it counts as begun.
    pub(super) fn take_end(&self) -> bool {
        self.ended.replace(false)
    }

    fn write(&self, text: &Safe) -> Result<(), Error> {
        if self.take_end() {
            self.write(&Safe::own("\n"))?;
        }
        let columns = columns(io::stdout()).unwrap_or(MAX_WIDTH);
        self.cursor.set(self.cursor.get().saturating_add(rows_of(text.as_str(), columns)));
        write_all(text)
    }

    /// Columns to lay out for, asked anew each time: a window can change its size.
    pub fn width(&self) -> usize {
        columns(io::stdout()).unwrap_or(80).clamp(MIN_WIDTH, MAX_WIDTH)
    }

    /// Rows of the terminal; none where there is none or it doesn't know.
    pub fn height(&self) -> Option<usize> {
        terminal_size_of(io::stdout()).map(|(_, Height(rows))| rows.into())
    }

    /// How many rows these lines take.
    pub fn rows(&self, lines: &[Line]) -> usize {
        rows_of(self.text(lines, self.width()).as_str(), columns(io::stdout()).unwrap_or(MAX_WIDTH))
    }

    /// Shows lines.
    ///
    /// # Errors
    /// The stream's own, and a signal that ends the run.
    pub fn show(&self, lines: &[Line]) -> Result<(), Error> {
        self.write(&self.text(lines, self.width()))
    }

    /// Lines as text of this width, between 40 and 100 columns.
    pub fn text(&self, lines: &[Line], width: usize) -> Safe {
        let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
        // Made safe before it is laid out, since an escape takes more room than what it stands for.
        let text: String = lines.iter().map(|line| self.laid_out(&line.made_safe(), width)).collect();
        self.spelled(if self.look.colour { Safe::inked(&text) } else { Safe::lines(&text) })
    }

    /// Says a sentence: a line of its own, wrapped at the window's width, but for plain mode.
    pub fn say(&self, sentence: &str) -> Result<(), Error> {
        self.write(&self.sentence(sentence).ended())
    }

    /// The same without the line's end, for an answer behind it; blanks at its end stay.
    pub fn ask(&self, question: &str) -> Result<(), Error> {
        self.write(&self.sentence(question))
    }

    fn sentence(&self, text: &str) -> Safe {
        let text = text::line(text);
        let filled = if self.look.plain { text.into_owned() } else { filled(&text, self.width()) };
        self.spelled(Safe::lines(&filled))
    }

    fn spelled(&self, text: Safe) -> Safe {
        if self.look.ascii { text.in_ascii() } else { text }
    }

    fn laid_out(&self, line: &Line, width: usize) -> String {
        match line {
            Line::Blank => "\n".into(),
            Line::Heading { left, right } => self.heading(left, right, width),
            Line::Labelled { label, pieces } if self.look.plain => {
                let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
                if label.is_empty() { format!("  {text}\n") } else { format!("{label}: {text}\n") }
            }
            Line::Labelled { label, pieces } => {
                let indent = " ".repeat(INDENT);
                // What a label has more than its column goes before its value.
                let (label, more) = label.split_at(label.len().min(INDENT));
                let more = (!more.is_empty()).then(|| ink(Style::Strong, format!("{more}  ")));
                let pieces: Vec<Piece> = more.into_iter().chain(pieces.iter().cloned()).collect();
                let first = format!("{label:INDENT$}");
                wrapped(&pieces, width - INDENT)
                    .into_iter()
                    .enumerate()
                    .map(|(row, pieces)| {
                        let margin =
                            if row == 0 { self.inked(Style::Strong, &first) } else { indent.clone() };
                        format!("{margin}{}\n", self.row(&pieces))
                    })
                    .collect()
            }
            Line::Code { label, text } if self.look.plain => {
                if label.is_empty() {
                    format!("  {text}\n")
                } else {
                    format!("{label}: {text}\n")
                }
            }
            Line::Code { label, text } => {
                let first = self.inked(Style::Strong, &format!("{label:INDENT$}"));
                let margins = std::iter::once(first).chain(std::iter::repeat(" ".repeat(INDENT)));
                let rows = code(text, width - INDENT);
                margins.zip(rows).map(|(margin, row)| format!("{margin}{row}\n")).collect()
            }
            Line::Drawn(_) if self.look.plain => String::new(),
            Line::Drawn(pieces) if self.look.ascii => {
                let pieces: Vec<_> = pieces.iter().map(in_ascii).collect();
                format!("{}\n", self.row(&pieces).trim_end())
            }
            Line::Drawn(pieces) => format!("{}\n", self.row(pieces).trim_end()),
            Line::Instead(sentence) if self.look.plain => format!("PICTURE: {sentence}\n"),
            Line::Instead(_) => String::new(),
        }
    }

    fn heading(&self, left: &[Piece], right: &[Piece], width: usize) -> String {
        let length = |pieces: &[Piece]| pieces.iter().map(|piece| display_width(&piece.text)).sum::<usize>();
        if self.look.plain {
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
            _ if !self.look.colour => return text.into(),
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

/// How many rows a terminal of this width goes down for a text: a line wider than that takes several.
fn rows_of(text: &str, columns: usize) -> usize {
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

/// The help's text at the window's width; as it is written where no window is known.
pub fn narrowed(text: &str) -> String {
    columns(io::stdout())
        .map_or_else(|| text.to_owned(), |width| narrow::narrowed(text, width.max(MIN_WIDTH)))
}

/// Writes to standard output, waiting for room before each chunk.
pub fn write_all(text: &Safe) -> Result<(), Error> {
    let mut bytes = text.as_str().as_bytes();
    let out = io::stdout();
    while !bytes.is_empty() {
        match signals::wait(Some((out.as_fd(), PollFlags::POLLOUT)), None) {
            Ok(Woken::Ready) => {}
            Ok(_) => match signals::ending() {
                Some(signal) => return Err(Error::Interrupted(signal)),
                None => continue,
            },
            Err(error) => return Err(unwritable(error)),
        }
        let chunk = &bytes[..bytes.len().min(CHUNK_BYTES)];
        match nix::unistd::write(out.as_fd(), chunk) {
            Ok(written) => bytes = &bytes[written..],
            Err(nix::Error::EINTR | nix::Error::EAGAIN) => {}
            Err(error) => return Err(unwritable(error.into())),
        }
    }
    Ok(())
}

/// The version of what `--json` prints, in every line.
pub const JSON_VERSION: u32 = 1;

/// Writes one line of JSON, for tools.
pub fn json_line(row: &impl Serialize) -> Result<(), Error> {
    write_all(&Safe::json(row).map_err(|error| Error::Output(error.into()))?)
}

/// Says on standard error what is wrong. It may be closed or full; the exit status says it anyway.
pub fn complain(what: Safe) {
    let _ = io::stderr().write_all(what.after("lab: ").ended().as_str().as_bytes());
}

/// Why nothing can be written. A terminal that is gone is EIO at once, and a hang-up a moment later.
fn unwritable(error: io::Error) -> Error {
    const DRAIN_WITHIN: Duration = Duration::from_millis(200);
    if error.raw_os_error() == Some(libc::EIO)
        && let Ok(Woken::Signal) = signals::wait(None, Some(signals::after(DRAIN_WITHIN)))
        && let Some(signal) = signals::ending()
    {
        return Error::Interrupted(signal);
    }
    Error::Output(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::line::{labelled, plain};

    fn screen(plain: bool, ascii: bool, colour: bool) -> Screen {
        Screen { look: Display { colour, ascii, plain }, cursor: Cell::new(0), ended: Cell::new(false) }
    }

    #[test]
    fn a_labelled_line_wraps_under_itself_and_keeps_long_values_whole() {
        let line =
            labelled("EVIDENCE", "7f6f7bd99000-7f6f7bd9b000 rw-s 00000000 00:01 28 /SYSV00001234 (deleted)");
        let narrow = "EVIDENCE  7f6f7bd99000-7f6f7bd9b000 rw-s\n          00000000 00:01 28\n          /SYSV00001234 (deleted)\n";
        assert_eq!(screen(false, false, false).laid_out(&line, 40), narrow);
        let line = labelled("X", "one 0123456789012345678901234567890123456789 two");
        let kept = "X         one\n          0123456789012345678901234567890123456789\n          two\n";
        assert_eq!(screen(false, false, false).laid_out(&line, 40), kept);
    }

    #[test]
    fn a_fact_stays_with_its_value_and_code_follows_its_number() {
        let line = labelled(
            "ROW",
            "key 0x00000000  shmid 490209283  cpid 28818  and a fact that is longer than a row",
        );
        let narrow = "ROW       key 0x00000000\n          shmid 490209283  cpid 28818\n          and a fact that is longer than\n          a row\n";
        assert_eq!(screen(false, false, false).laid_out(&line, 40), narrow);
        let line = labelled("LISTING", "2  char *p = shmat(id, NULL, 0);");
        let narrow = "LISTING   2  char *p = shmat(id, NULL,\n          0);\n";
        assert_eq!(screen(false, false, false).laid_out(&line, 40), narrow);
    }

    #[test]
    fn a_label_longer_than_its_column_goes_before_its_value() {
        let line = labelled("NOT THIS TIME", "3: that would be true if it were");
        let narrow = "NOT THIS TIME  3: that would be true if it\n          were\n";
        assert_eq!(screen(false, false, false).laid_out(&line, 42), narrow);
    }

    #[test]
    fn plain_mode_has_a_colon_and_no_layout() {
        let screen = screen(true, false, false);
        let line = Line::Labelled { label: "AFTER", pieces: vec![plain("nattch "), ink(Style::Kernel, "1")] };
        assert_eq!(screen.laid_out(&line, 40), "AFTER: nattch 1\n");
        assert_eq!(screen.laid_out(&Line::Drawn(vec![plain("box")]), 40), "");
        assert_eq!(screen.laid_out(&Line::Instead("A box.".into()), 40), "PICTURE: A box.\n");
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
        let screen = screen(false, false, false);
        assert_eq!(screen.laid_out(&heading, 40), format!("Step 1 of 2{}sandbox\n", " ".repeat(22)));
        assert_eq!(screen.laid_out(&heading, 18), "Step 1 of 2\nsandbox\n");
        assert_eq!(screen.laid_out(&heading, 7), "Step 1\nof 2\nsandbox\n");
    }
}
