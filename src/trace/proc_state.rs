//! What a process is doing at this moment, from /proc: in which call it sleeps, or that it runs in its own code.

use std::fs;

use serde::{Deserialize, Serialize};

use super::Process;
use crate::sys::evidence;

/// What was found when the time was up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtTimeout {
    /// What one process was doing.
    Process { role: String, pid: i32, doing: Doing },
    /// So many more processes were running.
    More(usize),
    /// lab did not run, and its watchdog ended the program.
    LabStopped,
}

/// What a process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// It runs in its own code.
    Running,
    /// It is in the system call with this number.
    InCall(i64),
    /// A signal has stopped it.
    Halted,
    /// It can't be seen.
    Hidden,
}

/// What this process is doing.
pub fn of(process: &Process) -> AtTimeout {
    let text = fs::read_to_string(format!("/proc/{}/syscall", process.pid)).unwrap_or_default();
    let doing = match text.split_whitespace().next() {
        // A tracee that a signal has stopped counts as traced.
        _ if matches!(evidence::state(process.pid), Some('T' | 't')) => Doing::Halted,
        Some("running") => Doing::Running,
        Some(number) => number.parse().map_or(Doing::Hidden, Doing::InCall),
        None => Doing::Hidden,
    };
    AtTimeout::Process { role: process.role.clone(), pid: process.pid, doing }
}
