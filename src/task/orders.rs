//! What the player of a play gets, and what it reports: data that travels over an exec and back. It decides nothing.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Ended;
use crate::sys::jail::{Limits, Walls};

/// A program of the play.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ordered {
    pub path: PathBuf,
    pub role: String,
    /// It starts when all programs of the groups before have ended.
    pub group: usize,
    /// Descriptors of its standard streams.
    pub streams: [i32; 3],
    /// It gets Ctrl-C once it waits; its standard input stays open until then.
    pub interrupt: bool,
    /// A semop of it is made to fail, so the tracer has to be told of each.
    pub semop_fails: bool,
}

/// All that the player has to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Orders {
    pub programs: Vec<Ordered>,
    /// In which order the processes are made, which is the order of their pids.
    pub born: Vec<usize>,
    pub folder: PathBuf,
    pub limits: Limits,
    pub walls: Walls,
    /// Where the report goes.
    pub report: i32,
}

/// A line of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    Started(usize),
    Ended(usize, Ended),
    /// How many processes were left when all programs had ended.
    Stayed(usize),
}

impl Report {
    /// What was reported of a program.
    pub fn of(reports: &[Report], program: usize) -> Ended {
        let mut ended = Ended::NotStarted;
        for report in reports {
            match report {
                Report::Started(number) if *number == program => ended = Ended::Running,
                // What could not be run has said so before its process ended.
                Report::Ended(number, how)
                    if *number == program && !matches!(ended, Ended::Unrunnable(_)) =>
                {
                    ended = *how;
                }
                _ => {}
            }
        }
        ended
    }

    /// All that were written, as far as they are whole.
    pub fn all(mut bytes: &[u8]) -> Vec<Report> {
        let mut reports = Vec::new();
        while let Ok((report, rest)) = postcard::take_from_bytes(bytes) {
            bytes = rest;
            reports.push(report);
        }
        reports
    }
}
