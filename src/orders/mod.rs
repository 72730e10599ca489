//! Every order: programs of a student's are played again and again, in another order of their shared memory and
//! semaphore calls, forks and ends each time, and what comes of each is compared. Orders that are equal, because steps
//! that changed their places do not matter to each other, are played once. It words nothing.

mod actor;
mod clocks;
mod explore;
mod footprint;
mod kernel;
mod lines;
mod masks;
mod order;
mod player;
pub mod report;
pub mod step;
mod stops;
mod waits;

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

pub use player::play;

/// A program that takes part.
#[derive(Debug)]
pub struct Program {
    /// What it is called.
    pub role: String,
    pub path: PathBuf,
    /// argv, its first word included.
    pub args: Vec<OsString>,
    /// What it reads.
    pub input: File,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Every order, but no more than so many.
    Explore { max: usize },
    /// The order with this number, shown whole.
    Replay { number: usize },
    /// So many runs at full speed, without a scheduler.
    Stress { runs: usize },
}

/// What to play.
#[derive(Debug)]
pub struct Plan {
    pub programs: Vec<Program>,
    pub task: Task,
    /// How long it may take.
    pub time: Duration,
    /// The folder whose files the programs find.
    pub here: PathBuf,
}
