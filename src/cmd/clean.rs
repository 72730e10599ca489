//! `lab clean`: lists and removes what dead runs left, by their records. It never looks for anything that no
//! record names.

use std::io::{self, IsTerminal};

use serde::Serialize;

use crate::cli::CleanArgs;
use crate::error::Error;
use crate::facts::event::Segment;
use crate::facts::outcome::Value;
use crate::output::line::counted;
use crate::output::screen::{JSON_VERSION, json_line};
use crate::runner::{Cleaned, Resources, journal};
use crate::session;
use crate::sys::{evidence, since_1970};
use crate::text::path_text;

#[derive(Serialize)]
struct CleanReport {
    version: u32,
    dry_run: bool,
    segments: Vec<i32>,
    /// Which of the segments wait, or waited, for another program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waiting: Vec<WaitingSegment>,
    folders: Vec<String>,
    /// What could not be removed, in words.
    left: Vec<String>,
    /// What was left alone because it is not ours, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    alone: Option<String>,
}

/// A segment that a program has left for another one.
#[derive(Serialize)]
struct WaitingSegment {
    segment: i32,
    made_by: String,
    /// How long ago, in seconds.
    age: i64,
    /// Whether the program was killed before it ended.
    killed: bool,
}

impl WaitingSegment {
    fn words(&self) -> String {
        let (maker, age) = (&self.made_by, ago(self.age));
        match self.killed {
            true => format!("`{maker}` made it {age} and was killed before it ended"),
            false => format!("`{maker}` made it {age} and left it for `lab client`"),
        }
    }
}

/// What a run has left this segment for, if it is the run's and for another program.
fn whose(run: &Resources, row: &Segment) -> Option<WaitingSegment> {
    let lesson = run.stays.as_ref().filter(|_| run.waits(std::slice::from_ref(row)))?;
    let age = (since_1970().as_secs().cast_signed() - row.ctime).max(0);
    Some(WaitingSegment { segment: row.shmid, made_by: format!("lab {lesson}"), age, killed: !run.left })
}

/// How long ago a number of seconds is, in the largest unit that fits.
pub fn ago(seconds: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    unit.map_or("just now".into(), |(length, name)| {
        format!("{} ago", counted(usize::try_from(seconds / length).unwrap_or(0), name))
    })
}

/// Cleans up after dead runs; an error if something that should go did not.
pub fn run(args: &CleanArgs) -> Result<(), Error> {
    let screen = args.looks.screen_of_lines();
    let journal::FoundJournals { dead, alone } = journal::dead();
    let rows = evidence::rows();
    let found: Vec<_> = dead.iter().filter_map(journal::Dead::ledger_here).collect();
    let segments = found.iter().flat_map(|run| run.left_of(&rows));
    let waits = |row: &Segment| found.iter().find_map(|run| whose(run, row));
    let segments: Vec<_> = segments.map(|row| (waits(&row), row)).collect();
    let folders: Vec<_> =
        found.iter().filter_map(|resources| resources.scratch_left()).map(|path| path_text(path)).collect();
    if !args.json {
        if let Some(alone) = &alone {
            screen.say(alone)?;
        }
        for (waits, row) in &segments {
            let waits = waits.as_ref().map_or(String::new(), |waits| format!(": {}", waits.words()));
            let key = Value::Key(row.key);
            screen.say(&format!(
                "segment {} with key {key}, {} bytes, made by process {}{waits}",
                row.shmid, row.size, row.cpid
            ))?;
        }
        for folder in &folders {
            screen.say(&format!("folder {folder}"))?;
        }
        // What is left alone may name something that is left.
        if segments.is_empty() && folders.is_empty() && alone.is_none() {
            screen.say("nothing is left of any run")?;
        }
    }
    let something = !segments.is_empty() || !folders.is_empty();
    let report = CleanReport {
        version: JSON_VERSION,
        dry_run: args.dry_run,
        segments: segments.iter().map(|(_, row)| row.shmid).collect(),
        waiting: segments.into_iter().filter_map(|(waits, _)| waits).collect(),
        folders,
        left: Vec::new(),
        alone,
    };
    if args.dry_run {
        return ended(args, report);
    }
    let asks = something && !args.yes && !args.json && io::stdin().is_terminal();
    if asks && !session::confirm(&screen, None, "remove?", false)? {
        return screen.say("nothing was removed");
    }
    let cleaned: Vec<Cleaned> = dead.into_iter().map(journal::Dead::clean).collect();
    let segments: Vec<i32> = cleaned.iter().flat_map(|one| &one.removed).map(|row| row.shmid).collect();
    let folders: Vec<String> =
        cleaned.iter().flat_map(|one| &one.folder).map(|path| path_text(path)).collect();
    if !args.json && something {
        screen.say(&format!("removed {} of them", segments.len() + folders.len()))?;
    }
    let left = cleaned.iter().flat_map(left_of).collect();
    ended(args, CleanReport { segments, folders, left, ..report })
}

fn ended(args: &CleanArgs, report: CleanReport) -> Result<(), Error> {
    if args.json {
        json_line(&report)?;
    }
    if report.left.is_empty() { Ok(()) } else { Err(Error::Left(report.left)) }
}

/// What a clean-up could not remove, in words.
fn left_of(cleaned: &Cleaned) -> Vec<String> {
    cleaned.left(|id| format!("try `ipcrm -m {id}`"))
}

/// The same at every start, without a word unless something would not go or is left alone; the words. What waits for
/// another program stays.
pub fn silently() -> Vec<String> {
    let journal::FoundJournals { dead, alone } = journal::dead();
    let mut words: Vec<String> = alone.into_iter().collect();
    words.extend(dead.into_iter().map(journal::Dead::tidy).flat_map(|cleaned| left_of(&cleaned)));
    words
}

/// Adds a warning that was not given yet.
pub fn add(warnings: &mut Vec<String>, warning: String) {
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}
