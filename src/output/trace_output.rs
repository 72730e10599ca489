//! A stream beside the program's own output: standard error, or a file. What can't be written is not a reason to
//! stop a program that only happens to be watched: the first failure is kept, and the rest is not tried.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::line::Line;
use super::screen::{Display, Screen, columns};
use crate::error::{Error, unwritable};
use crate::text::Safe;

/// Where a trace is written.
pub struct TraceOutput {
    out: Box<dyn Write>,
    screen: Screen,
    /// Columns are asked of standard error; a file gets the widest lines.
    file: bool,
    failed: Option<io::Error>,
}

impl TraceOutput {
    /// Standard error, or a new file.
    pub fn open(path: Option<&Path>, display: Display) -> Result<TraceOutput, Error> {
        let out: Box<dyn Write> = match path {
            None => Box::new(io::stderr()),
            Some(path) => {
                let file = File::create(path).map_err(|error| unwritable(path, &error))?;
                Box::new(io::BufWriter::new(file))
            }
        };
        Ok(TraceOutput { out, screen: Screen::new(display), file: path.is_some(), failed: None })
    }

    /// From now on to standard output: nothing else is written there.
    pub fn turn_to_standard_output(&mut self) {
        self.flush();
        self.out = Box::new(io::stdout());
    }

    /// Writes lines, laid out for the width there is.
    pub fn show(&mut self, lines: &[Line]) {
        let width = if self.file { None } else { columns(io::stderr()) };
        let text = self.screen.text(lines, width.unwrap_or(100));
        self.write(&text);
    }

    pub fn write(&mut self, text: &Safe) {
        let mut bytes = text.as_str().as_bytes();
        while self.failed.is_none() && !bytes.is_empty() {
            match self.out.write(bytes) {
                Ok(0) => self.failed = Some(io::ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
    }

    /// Lets nothing wait in a buffer.
    pub fn flush(&mut self) {
        if self.failed.is_none()
            && let Err(error) = self.out.flush()
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some(error);
        }
    }

    /// What went wrong, if it was more than a reader that went away.
    pub fn error(mut self) -> Option<io::Error> {
        self.flush();
        self.failed.take().filter(|error| error.kind() != io::ErrorKind::BrokenPipe)
    }
}
