//! Which line of source makes a call: asked only for orders that are shown.

use std::path::PathBuf;

use super::step::Call;
use crate::sys::ptrace::Stopped;
use crate::trace::{Sources, callers};

/// Finds lines. It remembers files over orders, and processes within one.
pub struct Lines(Sources);

impl Lines {
    /// Names of files are relative to this folder.
    pub fn new(here: PathBuf) -> Lines {
        Lines(Sources::new(here))
    }

    /// A process runs a program, another one than before.
    pub fn forget(&mut self, process: i32) {
        self.0.forget(process);
    }

    /// `server.c:9`, for the call before which a process is held.
    pub fn of(&mut self, stopped: &Stopped, process: i32, call: &Call) -> Option<String> {
        let function = match call {
            Call::Shmget { .. } => "shmget",
            Call::Shmat { .. } => "shmat",
            Call::Shmdt { .. } => "shmdt",
            Call::Shmctl { .. } => "shmctl",
            Call::Semget { .. } => "semget",
            Call::Semop { .. } => "semop",
            Call::Semctl { .. } => "semctl",
            Call::Fork => "fork",
            Call::Sleep => "sleep",
            Call::Begin | Call::GoOn | Call::Spin | Call::Wake | Call::End => return None,
        };
        let info = stopped.info().ok()?;
        let words = callers(stopped, &info);
        let source = self.0.find(process, function, &words)?;
        Some(format!("{}:{}", source.file, source.line))
    }
}
