//! A run as one picture: a lane for each process with its calls in time, a bar for each segment with whoever has it
//! attached, and what was found at the call where it was found. The picture is a value that traces and orders make;
//! [`fold()`] bounds it, [`drawn()`] draws it, [`words()`] says the same. Pure: it looks at nothing and writes nothing.

mod bounds;
mod cycles;
mod fold;
mod layout;
mod of_event;
mod of_order;
mod of_trace;
mod part;
mod rows;
mod svg;
mod symbols;
#[cfg(test)]
mod tests;

pub use fold::fold;
pub use of_order::{found, of_order};
pub use of_trace::of_trace;
#[cfg(test)]
use svg::pictures;
pub use svg::{blocks, drawn};

use super::phrase::{counted, counted_as};

/// A run as a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// What it shows, in a few words.
    pub name: String,
    /// Whether its rows have a time.
    pub timed: bool,
    pub lanes: Vec<Lane>,
    /// From the first to the last.
    pub rows: Vec<Row>,
    pub bars: Vec<Bar>,
    /// What the picture leaves out, a sentence each.
    pub left_out: Vec<String>,
}

/// A process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lane {
    pub name: String,
    /// What stands below its name, such as its pid.
    pub detail: String,
    /// The rows in which it began and ended; none: before the first one, or not at all.
    pub born: Option<usize>,
    pub ended: Option<usize>,
}

/// What happened at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number among the calls, from 1; none for what is not a call.
    pub number: Option<usize>,
    /// Microseconds since the beginning.
    pub at: Option<u64>,
    /// Whose it is; none: it stands across all lanes.
    pub lane: Option<usize>,
    pub mark: Mark,
    /// In as few words as a lane has room for: `shmget 0: new`.
    pub what: String,
    /// The same whole: the call with its arguments and what came back.
    pub whole: String,
    /// The segment that it is about, and what it did to it.
    pub bar: Option<(usize, Touch)>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Call,
    /// The kernel refused it.
    Refused,
    /// A signal that a mistake has brought.
    Crash,
    /// A process was made, or runs another program.
    Process,
    End,
    Printed,
    /// What was found at the call above.
    Finding,
    /// This number of rows is not drawn.
    Folded(usize),
}

/// What a call did to a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touch {
    Made,
    Attached,
    Detached,
    Marked,
    Destroyed,
    /// It was looked at, or found.
    Met,
}

/// A segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bar {
    /// Its identifier.
    pub name: String,
    /// What stands below, such as its size.
    pub detail: String,
    /// The row that made it; none: it was there before.
    pub made: Option<usize>,
    pub marked: Option<usize>,
    /// The row that destroyed it; none: it is still there.
    pub gone: Option<usize>,
    /// Whether it is gone although no row shows by what.
    pub gone_unseen: bool,
    pub holds: Vec<Hold>,
}

/// Rows during which a process had a segment attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    pub lane: usize,
    pub from: usize,
    /// None: to the end.
    pub to: Option<usize>,
}

impl Row {
    /// A call that a lane made.
    pub fn of(lane: usize, mark: Mark, what: String) -> Row {
        Row { number: None, at: None, lane: Some(lane), mark, whole: what.clone(), what, bar: None }
    }
}

impl Lane {
    /// The letter that stands for a lane.
    pub fn letter(place: usize) -> char {
        u8::try_from(place).ok().and_then(|place| b'A'.checked_add(place)).map_or('?', char::from)
    }
}

impl Bar {
    /// How its life ended, after `segment 0`.
    fn end(&self) -> &'static str {
        match (self.gone, self.gone_unseen, self.marked) {
            (Some(_), ..) | (None, true, _) => "destroyed",
            (None, false, Some(_)) => "marked for removal, and still there at the end",
            (None, false, None) => "still there at the end",
        }
    }
}

impl Timeline {
    /// The picture in a few sentences.
    pub fn sentence(&self) -> String {
        let drawn = self.rows.iter().filter(|row| row.number.is_some()).count();
        let lanes = counted_as(self.lanes.len() as u64, "process", "processes");
        let folded = match self.folded() {
            0 => String::new(),
            folded => format!(" {folded} of them have no row of their own."),
        };
        let steps = counted(drawn + self.folded(), "step");
        let bars = self.bars.iter().map(|bar| format!(" Segment {} is {}.", bar.name, bar.end()));
        format!(
            "{steps} of {lanes}, in the order in which they were made.{folded}{}",
            bars.collect::<String>()
        )
    }

    /// How many steps have no row of their own.
    fn folded(&self) -> usize {
        self.rows.iter().map(|row| if let Mark::Folded(steps) = row.mark { steps } else { 0 }).sum()
    }
}

/// The picture as sentences, one a row: what a screen reader has in its place.
pub fn words(timeline: &Timeline) -> Vec<String> {
    timeline.rows.iter().map(|row| said(timeline, row)).collect()
}

/// `3 server, 0.4 ms: shmget(...) = 0`.
fn said(timeline: &Timeline, row: &Row) -> String {
    let number = row.number.map(|number| format!("{number} ")).unwrap_or_default();
    let who = row.lane.and_then(|lane| timeline.lanes.get(lane)).map(|lane| lane.name.as_str());
    let at = row.at.map(|at| format!("{} ms", milliseconds(at)));
    let lead: Vec<&str> = who.into_iter().chain(at.as_deref()).collect();
    if lead.is_empty() {
        format!("{number}{}", row.whole)
    } else {
        format!("{number}{}: {}", lead.join(", "), row.whole)
    }
}

/// Microseconds as `0.4`.
pub fn milliseconds(at: u64) -> String {
    format!("{}.{}", at / 1000, at % 1000 / 100)
}
