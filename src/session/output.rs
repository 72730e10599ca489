//! Who a run speaks to: a person, in lines and sentences that may be answered, or a tool, which gets nothing from here.

use super::{Keyboard, PauseMode};
use crate::error::Error;
use crate::output::line::Line;
use crate::output::screen::{self, Screen};

/// Who reads the output.
#[derive(Debug)]
pub enum Output {
    Person(Screen),
    Tool,
}

impl Output {
    /// Shows lines to a person.
    pub(super) fn show(&self, lines: &[Line]) -> Result<(), Error> {
        match self {
            Output::Person(screen) => screen.show(lines),
            Output::Tool => Ok(()),
        }
    }

    /// Says a sentence to a person.
    pub(super) fn say(&self, sentence: &str) -> Result<(), Error> {
        match self {
            Output::Person(screen) => screen.say(sentence),
            Output::Tool => Ok(()),
        }
    }

    /// Asks a person, who answers behind it.
    pub(super) fn ask(&self, question: &str) -> Result<(), Error> {
        match self {
            Output::Person(screen) => screen.ask(question),
            Output::Tool => Ok(()),
        }
    }

    /// Something else has written on the screen.
    pub(super) fn lose_place(&self) {
        if let Output::Person(screen) = self {
            screen.lose_place();
        }
    }

    /// Columns to lay out for.
    pub(super) fn width(&self) -> usize {
        if let Output::Person(screen) = self { screen.width() } else { screen::MAX_WIDTH }
    }
}

/// Asks for a yes or a no; an empty line is the answer that the question has in capitals, `by_default`.
///
/// # Errors
/// A screen that can't be written to, and a signal that ends the run.
pub fn confirm(screen: &Screen, question: &str, by_default: bool) -> Result<bool, Error> {
    screen.ask(&format!("{question} {} ", if by_default { "[Y/n]" } else { "[y/N]" }))?;
    let answer = Keyboard::new(PauseMode::Lines).line()?.unwrap_or_default().to_ascii_lowercase();
    Ok(if by_default { !answer.starts_with(b"n") } else { answer == b"y" || answer == b"yes" })
}
