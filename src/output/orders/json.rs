//! The same as JSON: an object for each end, and a last one with the counts.

use serde::Serialize;

use super::lanes::told;
use crate::orders::report::{Report, Why};
use crate::orders::step::{Cut, Ending, Fate, Finding, Played};
use crate::output::screen::JSON_VERSION;

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "orders", rename_all = "kebab-case")]
pub enum JsonOrders {
    /// Orders that end alike.
    End {
        version: u32,
        /// How many there are, as text, since there may be more than a number of JSON holds; null if too many to count.
        count: Option<String>,
        played: usize,
        /// The number of the order that is easiest to read.
        number: usize,
        #[serde(flatten)]
        order: JsonOrder,
    },
    /// The order that was asked for.
    Replay {
        version: u32,
        number: usize,
        #[serde(flatten)]
        order: JsonOrder,
    },
    /// Runs at full speed that end alike.
    Stress {
        version: u32,
        runs: usize,
        #[serde(flatten)]
        ending: JsonEnding,
    },
    /// The last line.
    Report {
        version: u32,
        count: Option<String>,
        played: usize,
        /// Begun and left, since they are equal to one that was played.
        left: usize,
        diverged: usize,
        /// Choices that are known and were not tried.
        open: usize,
        complete: bool,
        ended_by: &'static str,
        microseconds: u64,
    },
}

/// One order.
#[derive(Debug, Serialize)]
pub struct JsonOrder {
    #[serde(flatten)]
    ending: JsonEnding,
    /// Its steps as sentences, and who was chosen.
    steps: Vec<String>,
    choices: Vec<usize>,
    /// What it shows to be wrong, right by accident, or worth a remark.
    findings: Vec<Finding>,
}

/// How an order ended.
#[derive(Debug, Serialize)]
pub struct JsonEnding {
    roles: Vec<JsonRole>,
    segments: usize,
    semaphores: usize,
    /// `deadlock`, or which limit was reached; null for an order that came to its end.
    cut: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct JsonRole {
    role: String,
    printed: String,
    fate: Fate,
}

/// The lines of a report.
pub fn json(report: &Report) -> Vec<JsonOrders> {
    let mut lines = Vec::new();
    if let Some((number, played)) = &report.shown {
        let (number, order) = (*number, told_order(played));
        lines.push(JsonOrders::Replay { version: JSON_VERSION, number, order });
    } else {
        lines.extend(report.classes.iter().map(|class| JsonOrders::End {
            version: JSON_VERSION,
            count: class.orders.map(|orders| orders.to_string()),
            played: class.played,
            number: class.number,
            order: told_order(&class.example),
        }));
    }
    for (ending, runs) in &report.stressed {
        lines.push(JsonOrders::Stress { version: JSON_VERSION, runs: *runs, ending: told_ending(ending) });
    }
    lines.push(JsonOrders::Report {
        version: JSON_VERSION,
        count: report.orders().map(|orders| orders.to_string()),
        played: report.reached.played,
        left: report.reached.left,
        diverged: report.reached.diverged,
        open: report.reached.open,
        complete: report.reached.why == Why::Complete,
        ended_by: match report.reached.why {
            Why::Complete => "complete",
            Why::Enough => "enough",
            Why::Max => "max",
            Why::Time => "seconds",
            Why::Interrupted(_) => "interrupted",
            Why::Lost => "lost",
        },
        microseconds: report.microseconds,
    });
    lines
}

fn told_order(played: &Played) -> JsonOrder {
    JsonOrder {
        ending: told_ending(&played.ending),
        steps: told(played),
        choices: played.choices().collect(),
        findings: played.findings.clone(),
    }
}

fn told_ending(ending: &Ending) -> JsonEnding {
    let role = |(role, printed, fate): &(String, Vec<u8>, Fate)| JsonRole {
        role: role.clone(),
        printed: String::from_utf8_lossy(printed).into_owned(),
        fate: fate.clone(),
    };
    JsonEnding {
        roles: ending.roles.iter().map(role).collect(),
        segments: ending.segments,
        semaphores: ending.semaphores,
        cut: ending.cut.map(|cut| match cut {
            Cut::Deadlock => "deadlock",
            Cut::Processes => "processes",
            Cut::Steps => "steps",
            Cut::Output => "output",
            Cut::Time => "time",
        }),
    }
}
