//! Everything that can end a run early, with its exit status. A trouble is said once, on standard error, by
//! `main`; nothing else decides an exit status. Its words are made safe here, a sentence a line: whatever it holds of
//! somebody else's can't end a line.

use std::fmt;
use std::io;

use crate::constants;
use crate::lesson::Mistake;
use crate::text::line;

/// Why a run ended early.
#[derive(Debug)]
pub enum Trouble {
    /// A claim did not hold; the screen has told it already.
    Failed,
    /// A lesson under validation is wrong; the screen has told it already.
    Wrong,
    /// Things of ours could not be undone: what, and how to undo it by hand.
    Left(Vec<String>),
    /// The command line can't be understood: what its parser says.
    Arguments(Vec<String>),
    /// The command line asks for something that is not there.
    Usage(String),
    /// This machine can't do it.
    Machine(String),
    /// A lesson file is wrong.
    Lesson(Vec<Mistake>),
    /// A lesson asks for something it may not do.
    Refused(String),
    /// The screen can't be written to.
    Output(io::Error),
    /// A signal ended the run.
    Interrupted(i32),
    /// The machine failed us in the middle: what we were doing, and its error.
    System(&'static str, io::Error),
    /// A trouble, and then something of ours could not be undone: [`Trouble::Left`]'s words.
    AndLeft(Box<Trouble>, String),
}

impl Trouble {
    /// The exit status, as the README documents them.
    pub fn status(&self) -> u8 {
        match self {
            Trouble::Failed | Trouble::Left(_) | Trouble::Output(_) | Trouble::System(..) => 1,
            Trouble::Usage(_) | Trouble::Arguments(_) => 2,
            Trouble::Machine(_) => 3,
            Trouble::Wrong | Trouble::Lesson(_) | Trouble::Refused(_) => 4,
            Trouble::Interrupted(_) => 130,
            Trouble::AndLeft(first, _) => first.status(),
        }
    }

    /// The signal to die of instead of exiting, so that a shell sees what happened. A reader that has gone
    /// away is one too: `lab | head` ends as silently as any filter.
    pub fn signal(&self) -> Option<i32> {
        match self {
            Trouble::Interrupted(signal) => Some(*signal),
            Trouble::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Some(libc::SIGPIPE),
            Trouble::AndLeft(first, _) => first.signal(),
            _ => None,
        }
    }

    /// The same, and this could not be undone either.
    #[must_use]
    pub fn and(self, left: &Trouble) -> Trouble {
        Trouble::AndLeft(Box::new(self), left.to_string())
    }

    /// A refusal with the place it is about; `step` counts from 1.
    #[must_use]
    pub fn in_step(self, file: &str, step: usize) -> Trouble {
        match self {
            Trouble::Refused(words) => Trouble::Refused(format!("{file}: step {step}: {words}")),
            other => other,
        }
    }

    /// Turns an error of the system into a trouble that says what we were doing.
    pub fn while_doing(what: &'static str) -> impl FnOnce(io::Error) -> Trouble {
        move |error| Trouble::System(what, error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Failed | Trouble::Wrong | Trouble::Interrupted(_) => Ok(()),
            Trouble::Usage(what) | Trouble::Machine(what) | Trouble::Refused(what) => {
                f.write_str(&line(what))
            }
            Trouble::Left(lines) | Trouble::Arguments(lines) => {
                let lines: Vec<_> = lines.iter().map(|words| line(words)).collect();
                f.write_str(&lines.join("\n"))
            }
            Trouble::Lesson(mistakes) => {
                for (position, mistake) in mistakes.iter().enumerate() {
                    write!(f, "{}{mistake}", if position > 0 { "\n" } else { "" })?;
                }
                Ok(())
            }
            // Whoever does not read wants no words either.
            Trouble::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Trouble::Output(error) => write!(f, "can't write to standard output: {}", line(&plain(error))),
            Trouble::System(what, error) => write!(f, "can't {what}: {}", line(&plain(error))),
            Trouble::AndLeft(first, left) => match first.to_string() {
                words if words.is_empty() => f.write_str(left),
                words => write!(f, "{words}\n{left}"),
            },
        }
    }
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
