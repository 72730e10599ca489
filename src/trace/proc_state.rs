//! What a process is doing at this moment, from /proc: in which call it sleeps, or that it runs in its own code.

use std::fs;

use super::Process;
use super::unseen::{AtTimeout, Doing};

/// What this process is doing.
pub fn of(process: &Process) -> AtTimeout {
    let text = fs::read_to_string(format!("/proc/{}/syscall", process.pid)).unwrap_or_default();
    let doing = match text.split_whitespace().next() {
        Some("running") => Doing::Running,
        Some(number) => number.parse().map_or(Doing::Hidden, Doing::InCall),
        None => Doing::Hidden,
    };
    AtTimeout::Process { role: process.role.clone(), pid: process.pid, doing }
}
