//! Every order: programs of a student's are played again and again, in another order of their shared memory and
//! semaphore calls, forks and ends each time, and what comes of each is compared. Orders that are equal, because steps
//! that changed their places do not matter to each other, are played once. It words nothing.

mod actor;
mod clocks;
mod end;
mod explore;
mod footprint;
mod kernel;
mod making;
mod masks;
mod order;
mod player;
pub mod report;
mod search;
pub mod step;
mod stops;
mod waits;

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::facts::traced_call::Failing;
use crate::sys::jail::{Limits, Walls};

pub use explore::Explorer;
pub use order::{Ended, Order, Outcome};
pub use player::{play, stay_here};
pub use search::{Reached, Stage, search};

/// A program that takes part.
#[derive(Debug)]
pub struct Program {
    /// What it is called.
    pub role: String,
    pub path: PathBuf,
    /// argv, its first word included.
    pub args: Vec<OsString>,
    pub input: File,
}

/// What a program may use that is not the user's own, in a jail that this process has entered.
#[derive(Debug, Clone, Copy)]
pub struct Jail {
    pub limits: Limits,
    pub walls: Walls,
    /// How many bytes all segments may have together. A shmget for more fails with ENOSPC, as at kernel.shmall, which is
    /// not to be had in each order's namespace.
    pub segments: u64,
}

/// What all orders of some programs have in common.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    pub programs: &'a [Program],
    pub folder: &'a Path,
    pub jail: Option<&'a Jail>,
    pub failing: Option<&'a Failing>,
    /// When the time for all orders is up.
    pub deadline: Instant,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Every order, but no more than `max`.
    Explore { max: usize },
    /// The order with this number, shown whole.
    Replay { number: usize },
    /// `runs` runs at full speed, without a scheduler.
    Stress { runs: usize },
}

#[derive(Debug)]
pub struct Plan {
    pub programs: Vec<Program>,
    pub task: Task,
    /// How long it may take.
    pub time: Duration,
    /// The folder whose files the programs find.
    pub here: PathBuf,
}
