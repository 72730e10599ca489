//! Everything that can end a run early, with its exit status. An error is said once, on standard error, by `main`;
//! nothing else decides an exit status. Its words are made safe here, a sentence a line: text from outside that it
//! holds can't end a line.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::constants;
use crate::diagnostic::Diagnostic;
use crate::text::{line, path_text, shell_path, shortened};

/// How much is repeated of a word of the command line, in characters.
pub const MAX_WORD: usize = 80;

/// Why a run ended early.
#[derive(Debug)]
pub enum Error {
    /// A claim did not hold; the screen has said it already.
    Failed,
    /// A lesson under validation is wrong; the screen has said it already.
    Invalid,
    /// Things of ours could not be undone: what, and how to undo it by hand.
    Left(Vec<String>),
    /// The command line can't be understood, or asks for something that is not there.
    Usage(String),
    /// The segment of two programs that meet is not as this one needs it.
    Unmet(String),
    /// This machine can't do it.
    Machine(String),
    /// A lesson file is wrong.
    Lesson(Vec<Diagnostic>),
    /// A lesson asks for something it may not do.
    Refused(String),
    /// The screen can't be written to.
    Output(io::Error),
    /// A signal ended the run.
    Interrupted(i32),
    /// The machine failed us in the middle: what we were doing, and its error.
    System(&'static str, io::Error),
    /// An error, and then something of ours could not be undone: [`Error::Left`]'s words.
    AndLeft(Box<Error>, String),
}

impl Error {
    /// The exit status, as the README documents them.
    pub fn status(&self) -> u8 {
        match self {
            Error::Failed | Error::Left(_) | Error::Unmet(_) | Error::Output(_) | Error::System(..) => 1,
            Error::Usage(_) => 2,
            Error::Machine(_) => 3,
            Error::Invalid | Error::Lesson(_) | Error::Refused(_) => 4,
            Error::Interrupted(_) => 130,
            Error::AndLeft(first, _) => first.status(),
        }
    }

    /// The signal to die of instead of exiting, so that a shell sees what happened. A reader that has gone
    /// away is one too: `lab | head` ends as silently as any filter.
    pub fn signal(&self) -> Option<i32> {
        match self {
            Error::Interrupted(signal) => Some(*signal),
            Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Some(libc::SIGPIPE),
            Error::AndLeft(first, _) => first.signal(),
            _ => None,
        }
    }

    /// The end of the run if a signal has come that ends it.
    pub fn if_signalled(signal: Option<i32>) -> Result<(), Error> {
        signal.map_or(Ok(()), |signal| Err(Error::Interrupted(signal)))
    }

    /// The same, and this could not be undone either.
    #[must_use]
    pub fn and(self, left: &Error) -> Error {
        Error::AndLeft(Box::new(self), left.to_string())
    }

    /// A refusal with the place it is about; `step` counts from 1.
    #[must_use]
    pub fn in_step(self, file: &str, step: usize) -> Error {
        match self {
            Error::Refused(words) => Error::Refused(format!("{file}: step {step}: {words}")),
            other => other,
        }
    }

    /// Turns an error of the system into one that says what we were doing.
    pub fn context(what: &'static str) -> impl FnOnce(io::Error) -> Error {
        move |error| Error::System(what, error)
    }
}

impl From<Vec<Diagnostic>> for Error {
    fn from(mistakes: Vec<Diagnostic>) -> Error {
        Error::Lesson(mistakes)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Failed | Error::Invalid | Error::Interrupted(_) => Ok(()),
            Error::Usage(what) | Error::Unmet(what) | Error::Machine(what) | Error::Refused(what) => {
                f.write_str(&line(what))
            }
            Error::Left(lines) => {
                let lines: Vec<_> = lines.iter().map(|words| line(words)).collect();
                f.write_str(&lines.join("\n"))
            }
            Error::Lesson(diagnostics) => {
                for (position, diagnostic) in diagnostics.iter().enumerate() {
                    write!(f, "{}{diagnostic}", if position > 0 { "\n" } else { "" })?;
                }
                Ok(())
            }
            // A reader that is gone wants no message.
            Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Error::Output(error) => write!(f, "can't write to standard output: {}", line(&plain(error))),
            Error::System(what, error) => write!(f, "can't {what}: {}", line(&plain(error))),
            Error::AndLeft(first, left) => match first.to_string() {
                words if words.is_empty() => f.write_str(left),
                words => write!(f, "{words}\n{left}"),
            },
        }
    }
}

/// There is no such thing: the name most like the word is suggested, or all of them are listed.
pub fn unknown<'a>(what: &str, word: &str, names: impl Iterator<Item = &'a str> + Clone) -> Error {
    let help = constants::nearest_or_all(word, names, &format!("{what}s are"));
    Error::Usage(format!("there is no {what} `{}`: {help}", shortened(word, MAX_WORD)))
}

/// A file or a folder that was named on the command line and can't be written: why, and what to do.
pub fn unwritable(path: &Path, error: &io::Error) -> Error {
    let named = path_text(path);
    let folder = path.parent().filter(|folder| !folder.exists()).unwrap_or(Path::new(""));
    let why = match error.kind() {
        ErrorKind::NotFound if folder != Path::new("") => format!(
            "there is no folder `{}`; make it with `mkdir -p {}`, or name another place",
            path_text(folder),
            shell_path(folder)
        ),
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            match path.ancestors().find(|part| part.exists()).filter(|part| *part != path) {
                Some(part) => format!("`{}` is not a folder; name another place", path_text(part)),
                None => "a file stands where the folder would be: name a folder".into(),
            }
        }
        ErrorKind::IsADirectory => "it is a folder; name a file".into(),
        _ => format!("{}; name another place", plain(error)),
    };
    Error::Usage(format!("`{named}` can't be written: {why}"))
}

/// A file or a folder that was named on the command line and can't be read.
pub fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::Usage(format!("`{}` can't be read: {}", path_text(path), plain(error)))
}

/// The same for an error that this call gave: an errno means another thing for another call.
pub fn plain_of(call: &str, error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => format!("{}, {}", constants::errno(number), constants::meaning(call, number)),
        None => error.to_string(),
    }
}

/// An error with its errno's name: `EMFILE, this process has too many open files`.
pub fn plain(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => {
            let words = constants::numbered(constants::ERRNOS, number.into()).map(|row| row.plain);
            format!("{}, {}", constants::errno(number), words.unwrap_or("the system's own error"))
        }
        None => error.to_string(),
    }
}
