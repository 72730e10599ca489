//! What the student types: single keys, whole lines, or nothing at all. It turns bytes into wishes, and does
//! not know what a wish will do.

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use crate::error::Trouble;
use crate::sys::signals::{self, Woken};
use crate::sys::terminal::{self, Modes};
use crate::text::Safe;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Enter, Space or n.
    On,
    Letter(char),
    /// A number and Enter.
    Number(usize),
    /// Ctrl-D, the end of the input, or a terminal that is gone.
    End,
    /// Nothing came in time.
    Nothing,
    /// Ctrl-Z stopped us and we are back: ask again.
    Again,
    /// A line that is no wish.
    Unknown(String),
}

/// How pauses end.
#[derive(Debug)]
pub enum Pace {
    /// By a key, on a terminal in the keys' mode.
    Keys(Modes),
    /// By a line on standard input.
    Lines,
    /// By themselves after this long; on a terminal, a key makes them stop.
    Auto(Duration, Option<Modes>),
    /// At once.
    None,
}

/// Standard input.
#[derive(Debug)]
pub struct Keyboard {
    pub pace: Pace,
    /// Bytes read and not yet used, in the lines' mode.
    pending: VecDeque<u8>,
    ended: bool,
}

/// More bytes than this at once were not typed by hand: a paste, and not meant for a prompt.
const TYPED: usize = 8;
/// The longest line that is kept.
const LONGEST_LINE: usize = 64 * 1024;

impl Keyboard {
    pub fn new(pace: Pace) -> Keyboard {
        let keyboard = Keyboard { pace, pending: VecDeque::new(), ended: false };
        keyboard.take_terminal();
        keyboard
    }

    fn modes(&self) -> Option<&Modes> {
        match &self.pace {
            Pace::Keys(modes) | Pace::Auto(_, Some(modes)) => Some(modes),
            _ => None,
        }
    }

    /// Keys count one by one from now on.
    pub fn take_terminal(&self) {
        if let Some(modes) = self.modes() {
            modes.keys();
        }
    }

    /// The terminal as it was found.
    pub fn give_terminal_back(&self) {
        if let Some(modes) = self.modes() {
            modes.restore();
        }
    }

    /// Waits for a wish, until the deadline if there is one. `echo` shows digits as they are typed.
    ///
    /// # Errors
    /// A signal that ends the run.
    pub fn wish(
        &mut self,
        deadline: Option<Instant>,
        mut echo: impl FnMut(Safe) -> Result<(), Trouble>,
    ) -> Result<Wish, Trouble> {
        if matches!(self.pace, Pace::Lines) {
            return Ok(self.line()?.map_or(Wish::End, |line| wish_of(&line)));
        }
        if self.modes().is_none() {
            return self.doze(deadline);
        }
        let mut digits = String::new();
        loop {
            let bytes = match self.read(deadline, true)? {
                Read::Bytes(bytes) if bytes.is_empty() => return Ok(Wish::End),
                Read::Bytes(bytes) => bytes,
                Read::Timeout => return Ok(Wish::Nothing),
                Read::Stopped => return Ok(Wish::Again),
            };
            if bytes.len() > TYPED || bytes.starts_with(b"\x1b") {
                continue;
            }
            for byte in bytes {
                match byte {
                    b'0'..=b'9' if digits.len() < 4 => {
                        digits.push(char::from(byte));
                        echo(Safe::line(&char::from(byte).to_string()))?;
                    }
                    0x7f | 0x08 if !digits.is_empty() => {
                        digits.pop();
                        echo(Safe::own("\u{8} \u{8}"))?;
                    }
                    b'\n' | b'\r' if !digits.is_empty() => {
                        return Ok(digits.parse().map_or(Wish::On, Wish::Number));
                    }
                    b'\n' | b'\r' | b' ' | b'n' | b'N' => return Ok(Wish::On),
                    0x04 => return Ok(Wish::End),
                    byte if byte.is_ascii_graphic() => {
                        return Ok(Wish::Letter(char::from(byte).to_ascii_lowercase()));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Waits without listening.
    fn doze(&self, deadline: Option<Instant>) -> Result<Wish, Trouble> {
        while deadline.is_some_and(|deadline| Instant::now() < deadline) {
            let woken = signals::wait(None, deadline).map_err(Trouble::while_doing("wait"))?;
            if let Some(signal) = signals::ending() {
                return Err(Trouble::Interrupted(signal));
            }
            if woken == Woken::Timeout {
                break;
            }
        }
        Ok(Wish::Nothing)
    }

    /// A whole line without its end; none at the end of the input. On a terminal the line's own editing works.
    ///
    /// # Errors
    /// A signal that ends the run.
    pub fn line(&mut self) -> Result<Option<Vec<u8>>, Trouble> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.pending.drain(..=end).collect();
                line.pop();
                return Ok(Some(line));
            }
            if self.ended || self.pending.len() > LONGEST_LINE {
                let rest: Vec<u8> = self.pending.drain(..).collect();
                return Ok((!rest.is_empty()).then_some(rest));
            }
            match self.read(None, false)? {
                Read::Bytes(bytes) if bytes.is_empty() => self.ended = true,
                Read::Bytes(bytes) => self.pending.extend(bytes),
                Read::Timeout | Read::Stopped => {}
            }
        }
    }

    /// Waits for bytes. `keys`: whether the terminal is in the keys' mode now, and has to be again after a stop.
    fn read(&self, deadline: Option<Instant>, keys: bool) -> Result<Read, Trouble> {
        let input = io::stdin();
        loop {
            let woken = signals::wait(Some((input.as_fd(), PollFlags::POLLIN)), deadline);
            match woken.map_err(Trouble::while_doing("wait for a key"))? {
                Woken::Timeout => return Ok(Read::Timeout),
                Woken::Signal => {
                    if let Some(signal) = signals::ending() {
                        return Err(Trouble::Interrupted(signal));
                    }
                    if signals::stop_asked() {
                        self.give_terminal_back();
                        signals::stop();
                        if keys {
                            self.take_terminal();
                        }
                        return Ok(Read::Stopped);
                    }
                }
                Woken::Ready => {
                    let mut buffer = [0; 4096];
                    return match nix::unistd::read(input.as_fd(), &mut buffer) {
                        Ok(length) => Ok(Read::Bytes(buffer[..length].to_vec())),
                        Err(nix::Error::EINTR | nix::Error::EAGAIN) => continue,
                        // EIO: the terminal is gone. Whatever it is, nothing more will come.
                        Err(_) => Ok(Read::Bytes(Vec::new())),
                    };
                }
            }
        }
    }

    /// Keys typed while a step ran are forgotten; lines are kept, since a file may hold them all.
    pub fn forget_typed(&self) {
        if self.modes().is_some() {
            terminal::forget_typed();
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.give_terminal_back();
    }
}

enum Read {
    Bytes(Vec<u8>),
    Timeout,
    Stopped,
}

fn wish_of(line: &[u8]) -> Wish {
    let text = String::from_utf8_lossy(line).trim().to_lowercase();
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => Wish::On,
        (Some('n'), None) => Wish::On,
        (Some(letter), None) if !letter.is_ascii_digit() => Wish::Letter(letter),
        _ => text.parse().map_or(Wish::Unknown(text), Wish::Number),
    }
}
