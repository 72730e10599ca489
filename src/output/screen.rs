//! Standard output: its size, and where lab's own lines have left the cursor. The one place that writes there, and with
//! [`super::trace_output`] to standard error, and both take nothing but [`Safe`] text. Every write is waited for, so that
//! a signal gets through to a screen that has stopped, and every failure is a failure.

use std::cell::Cell;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use nix::poll::PollFlags;
use serde::Serialize;
use terminal_size::{Height, Width, terminal_size_of};

pub use super::display::{Colour, Display, locale, utf8};
use super::layout::rows_of;
use super::line::Line;
use super::narrow;
use super::wrap::filled;
use crate::error::Error;
use crate::sys::signals::{self, Woken};
use crate::text::{self, Safe};

/// The narrowest screen that is laid out for; a narrower one wraps by itself.
const MIN_WIDTH: usize = 40;
pub const MAX_WIDTH: usize = 100;
/// A write no larger than this does not block once the stream is ready.
const CHUNK_BYTES: usize = 1024;

/// Columns of the terminal behind a stream; none where there is none or it doesn't know.
pub fn columns(stream: impl AsFd) -> Option<usize> {
    terminal_size_of(stream).map(|(Width(columns), _)| columns.into())
}

/// How many rows the cursor goes down for a text.
fn rows_down(text: &Safe) -> usize {
    rows_of(text.as_str(), columns(io::stdout()).unwrap_or(MAX_WIDTH))
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
        rows_down(&self.sentence(&format!("{question}0000"))) + 1
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
        self.cursor.set(self.cursor.get().saturating_add(rows_down(text)));
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
        rows_down(&self.text(lines, self.width()))
    }

    /// Shows lines.
    pub fn show(&self, lines: &[Line]) -> Result<(), Error> {
        self.write(&self.text(lines, self.width()))
    }

    /// Lines as text of this width, between 40 and 100 columns.
    pub fn text(&self, lines: &[Line], width: usize) -> Safe {
        let width = width.clamp(MIN_WIDTH, MAX_WIDTH);
        // Made safe before it is laid out, since an escape takes more room than what it stands for.
        let text: String = lines.iter().map(|line| self.look.laid_out(&line.made_safe(), width)).collect();
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

/// Says an error, unless the screen has said it already.
pub fn complain_of(error: &Error) {
    let words = error.to_string();
    if !words.is_empty() {
        complain(Safe::lines(&words));
    }
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
