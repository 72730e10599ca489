//! Who a run speaks to: a person, in lines and sentences that may be answered, or a tool, which gets nothing from here.

use super::keys::KeyCommand;
use super::{Keyboard, PauseMode};
use crate::error::Error;
use crate::output::line::Line;
use crate::output::screen::{self, Screen};
use crate::sys::terminal::Modes;

/// Who reads the output.
#[derive(Debug)]
pub enum Output {
    Person(Screen),
    Tool,
}

impl Output {
    /// A person's screen.
    pub(super) fn screen(&self) -> Option<&Screen> {
        match self {
            Output::Person(screen) => Some(screen),
            Output::Tool => None,
        }
    }

    /// Shows lines to a person.
    pub(super) fn show(&self, lines: &[Line]) -> Result<(), Error> {
        self.screen().map_or(Ok(()), |screen| screen.show(lines))
    }

    /// Says a sentence to a person.
    pub(super) fn say(&self, sentence: &str) -> Result<(), Error> {
        self.screen().map_or(Ok(()), |screen| screen.say(sentence))
    }

    /// Asks a person, who answers behind it.
    pub(super) fn ask(&self, question: &str) -> Result<(), Error> {
        self.screen().map_or(Ok(()), |screen| screen.ask(question))
    }

    /// The line of a question ends with the key that answers it.
    pub(super) fn end_line(&self) {
        self.screen().into_iter().for_each(Screen::end_line);
    }

    /// Something else has written on the screen.
    pub(super) fn lose_place(&self) {
        self.screen().into_iter().for_each(Screen::lose_place);
    }

    /// Columns to lay out for.
    pub(super) fn width(&self) -> usize {
        self.screen().map_or(screen::MAX_WIDTH, Screen::width)
    }
}

/// Asks for a yes or a no: by one key in these modes of a terminal, or else by a line. Enter is the answer that the
/// question has in capitals, `by_default`.
pub fn confirm(
    screen: &Screen,
    modes: Option<Modes>,
    question: &str,
    by_default: bool,
) -> Result<bool, Error> {
    let question = format!("{question} {} ", if by_default { "[Y/n]" } else { "[y/N]" });
    let by_keys = modes.is_some();
    let mut keyboard = Keyboard::new(modes.map_or(PauseMode::Lines, PauseMode::Keys));
    if !by_keys {
        screen.ask(&question)?;
        let answer = keyboard.line()?.unwrap_or_default().to_ascii_lowercase();
        return Ok(if by_default { !answer.starts_with(b"n") } else { answer == b"y" || answer == b"yes" });
    }
    keyboard.forget_typed();
    loop {
        screen.ask(&question)?;
        let command = keyboard.key(None, true, |_| Ok(()))?;
        screen.say("")?;
        match command {
            KeyCommand::Letter('y') => return Ok(true),
            KeyCommand::Letter('n') | KeyCommand::End => return Ok(false),
            KeyCommand::On => return Ok(by_default),
            _ => {}
        }
    }
}
