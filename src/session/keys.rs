//! What the student types: single keys, whole lines, or nothing at all. It turns bytes into commands, and does not
//! know what a command will do.

use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use nix::poll::PollFlags;

use crate::error::Error;
use crate::sys::signals::{self, Woken};
use crate::sys::terminal::{self, Modes};
use crate::text::Safe;

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCommand {
    /// Enter or Space.
    On,
    /// Space where a key has stopped a run that played by itself.
    PlayOn,
    Letter(char),
    /// What may be an answer: a digit where one key answers, or a line that begins with a digit or a sign.
    Typed(String),
    /// `g` and a number: a step to go to.
    Go(usize),
    /// Ctrl-D, the end of the input, or a terminal that is gone.
    End,
    /// Nothing came in time.
    Nothing,
    /// Ctrl-Z stopped us and we are back, or what was begun was given up: ask again.
    Again,
    /// The window has another size.
    Resized,
    /// A line that is not a command.
    Unknown(String),
}

/// How pauses end.
#[derive(Debug)]
pub enum PauseMode {
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
    pub pause: PauseMode,
    /// How long each pause of a run that plays by itself was, before a key stopped it.
    played: Option<Duration>,
    /// Bytes read and not yet used, in the lines' mode.
    pending: VecDeque<u8>,
    ended: bool,
}

/// More bytes than this at once were not typed by hand: they are a paste, which is not meant for a prompt.
const MAX_TYPED_BYTES: usize = 8;
/// The longest answer that is typed at a prompt: `1:12 2:7 3:9 4:10` and more.
const MAX_ENTRY: usize = 40;
/// The longest line that is kept.
const MAX_LINE: usize = 64 * 1024;

impl Keyboard {
    pub fn new(pause: PauseMode) -> Keyboard {
        let keyboard = Keyboard { pause, played: None, pending: VecDeque::new(), ended: false };
        keyboard.take_terminal();
        keyboard
    }

    fn modes(&self) -> Option<&Modes> {
        match &self.pause {
            PauseMode::Keys(modes) | PauseMode::Auto(_, Some(modes)) => Some(modes),
            _ => None,
        }
    }

    /// Whether single keys are read, from a terminal.
    pub fn reads_keys(&self) -> bool {
        self.modes().is_some()
    }

    /// From now on a run that plays by itself goes by keys.
    pub fn stop_playing(&mut self) {
        if let PauseMode::Auto(time, modes) = std::mem::replace(&mut self.pause, PauseMode::None) {
            self.played = Some(time);
            self.pause = modes.map_or(PauseMode::Auto(time, None), PauseMode::Keys);
        }
    }

    /// It plays by itself again, as before a key stopped it.
    pub fn play_on(&mut self) {
        if let (Some(time), PauseMode::Keys(modes)) = (self.played.take(), &self.pause) {
            self.pause = PauseMode::Auto(time, Some(modes.clone()));
        }
    }

    /// Whether a key has stopped a run that played by itself.
    pub fn has_stopped(&self) -> bool {
        self.played.is_some()
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

    /// Waits for a command, until the deadline if there is one. `one`: whether one digit is a whole answer; otherwise
    /// a digit begins a line, which `echo` shows as it is typed.
    pub fn key(
        &mut self,
        deadline: Option<Instant>,
        one: bool,
        mut echo: impl FnMut(Safe) -> Result<(), Error>,
    ) -> Result<KeyCommand, Error> {
        if matches!(self.pause, PauseMode::Lines) {
            return Ok(self.line()?.map_or(KeyCommand::End, |line| command_of(&line)));
        }
        if !self.reads_keys() {
            return self.doze(deadline);
        }
        let mut entry = String::new();
        loop {
            let bytes = match self.read(deadline, true)? {
                Ok(bytes) if bytes.is_empty() => return Ok(KeyCommand::End),
                Ok(bytes) => bytes,
                Err(command) => return Ok(command),
            };
            if bytes == b"\x1b" && !entry.is_empty() {
                return Ok(KeyCommand::Again);
            }
            if bytes.len() > MAX_TYPED_BYTES || bytes.starts_with(b"\x1b") {
                continue;
            }
            for byte in bytes {
                let c = char::from(byte).to_ascii_lowercase();
                match byte {
                    0x04 => return Ok(KeyCommand::End),
                    b'\n' | b'\r' if !entry.is_empty() => return Ok(command_of(entry.as_bytes())),
                    0x7f | 0x08 if !entry.is_empty() => {
                        entry.pop();
                        echo(Safe::own("\u{8} \u{8}"))?;
                        if entry.is_empty() {
                            return Ok(KeyCommand::Again);
                        }
                    }
                    b' '..=b'~' if !entry.is_empty() && entry.len() < MAX_ENTRY => {
                        entry.push(char::from(byte));
                        echo(Safe::line(&char::from(byte).to_string()))?;
                    }
                    b'0'..=b'9' if entry.is_empty() && one => return Ok(KeyCommand::Typed(c.into())),
                    b'0'..=b'9' | b'-' | b'g' | b'G' if entry.is_empty() => {
                        entry.push(c);
                        echo(Safe::line(&c.to_string()))?;
                    }
                    b' ' if entry.is_empty() && self.has_stopped() => return Ok(KeyCommand::PlayOn),
                    b'\n' | b'\r' | b' ' if entry.is_empty() => return Ok(KeyCommand::On),
                    byte if byte.is_ascii_graphic() && entry.is_empty() => return Ok(KeyCommand::Letter(c)),
                    _ => {}
                }
            }
        }
    }

    /// Waits without reading any key.
    fn doze(&self, deadline: Option<Instant>) -> Result<KeyCommand, Error> {
        while deadline.is_some_and(|deadline| Instant::now() < deadline) {
            let woken = signals::wait(None, deadline).map_err(Error::context("wait"))?;
            Error::if_signalled(signals::ending())?;
            if woken == Woken::Timeout {
                break;
            }
        }
        Ok(KeyCommand::Nothing)
    }

    /// A whole line without its end; none at the end of the input. On a terminal the line's own editing works.
    pub fn line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.pending.drain(..=end).collect();
                line.pop();
                return Ok(Some(line));
            }
            if self.ended || self.pending.len() > MAX_LINE {
                let rest: Vec<u8> = self.pending.drain(..).collect();
                return Ok((!rest.is_empty()).then_some(rest));
            }
            match self.read(None, false)? {
                Ok(bytes) if bytes.is_empty() => self.ended = true,
                Ok(bytes) => self.pending.extend(bytes),
                Err(_) => {}
            }
        }
    }

    /// Waits for bytes, of which there are none at the end; or for what comes in their place. `keys`: whether the terminal
    /// is in the keys' mode now, and has to be again after a stop.
    fn read(&self, deadline: Option<Instant>, keys: bool) -> Result<Result<Vec<u8>, KeyCommand>, Error> {
        let input = io::stdin();
        loop {
            let woken = signals::wait(Some((input.as_fd(), PollFlags::POLLIN)), deadline);
            match woken.map_err(Error::context("wait for a key"))? {
                Woken::Timeout => return Ok(Err(KeyCommand::Nothing)),
                Woken::Signal => {
                    Error::if_signalled(signals::ending())?;
                    if signals::stop_asked() {
                        self.give_terminal_back();
                        signals::stop();
                        if keys {
                            self.take_terminal();
                        }
                        return Ok(Err(KeyCommand::Again));
                    }
                    if signals::resized() {
                        return Ok(Err(KeyCommand::Resized));
                    }
                }
                Woken::Ready => {
                    let mut buffer = [0; 4096];
                    return match nix::unistd::read(input.as_fd(), &mut buffer) {
                        Ok(length) => Ok(Ok(buffer[..length].to_vec())),
                        Err(nix::Error::EINTR | nix::Error::EAGAIN) => continue,
                        // EIO: the terminal is gone. Whatever the error is, nothing more will come.
                        Err(_) => Ok(Ok(Vec::new())),
                    };
                }
            }
        }
    }

    /// Keys typed while a step ran are forgotten; lines are kept, since a file may hold them all.
    pub fn forget_typed(&self) {
        if self.reads_keys() {
            terminal::forget_typed();
        }
    }
}

impl Drop for Keyboard {
    fn drop(&mut self) {
        self.give_terminal_back();
    }
}

fn command_of(line: &[u8]) -> KeyCommand {
    let text = String::from_utf8_lossy(line).trim().to_lowercase();
    let step = |text: &str| text.strip_prefix('g')?.trim_start().parse().ok();
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (None, _) => KeyCommand::On,
        (Some(first), _) if first.is_ascii_digit() || first == '-' => KeyCommand::Typed(text),
        (Some(letter), None) => KeyCommand::Letter(letter),
        _ => step(&text).map_or(KeyCommand::Unknown(text), KeyCommand::Go),
    }
}
