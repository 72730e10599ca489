//! What every report says of its run: the command line, lab's version, the date, the machine, and how the run ended. All
//! of it is asked of the system when the report is made.

use std::env;
use std::os::unix::ffi::OsStrExt;

use serde::Serialize;

use crate::output::line::{Line, counted, labelled};
use crate::sys;
use crate::sys::machine::Machine;
use crate::text::{line_of, shell_word};

/// How a run ended, for a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It came to its end.
    Complete,
    /// Whoever ran it stopped it.
    Stopped,
    /// A signal ended it.
    Interrupted,
    /// Something else ended it early.
    Failed,
}

/// What was run, where and when.
#[derive(Debug)]
pub struct About {
    /// The command line, as a shell would read it.
    pub command: String,
    /// Since 1970, when the report was made.
    pub seconds: u64,
    pub machine: Machine,
    pub ending: Ending,
    /// How the run ended, in words.
    pub ended: String,
}

impl About {
    /// Asks what is to be known besides how the run ended.
    pub fn run(ending: Ending, ended: impl Into<String>) -> About {
        let (seconds, machine) = (sys::since_1970().as_secs(), Machine::asked());
        About { command: command(), seconds, machine, ending, ended: ended.into() }
    }

    /// The same as rows.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = vec![
            labelled("COMMAND", &self.command),
            labelled("DATE", self.date()),
            labelled("PROGRAM", program()),
        ];
        lines.extend(self.machine().map(|machine| labelled("MACHINE", machine)));
        lines.push(labelled("RUN BY", user(self.machine.uid)));
        lines.push(labelled("ENDED", &self.ended));
        lines
    }

    /// `2025-11-28 07:20 UTC`
    pub fn date(&self) -> String {
        let (day, [hour, minute, _]) = civil(self.seconds);
        format!("{day} {hour:02}:{minute:02} UTC")
    }

    /// `2025-11-28T07:20:00Z`
    pub fn timestamp(&self) -> String {
        let (day, [hour, minute, second]) = civil(self.seconds);
        format!("{day}T{hour:02}:{minute:02}:{second:02}Z")
    }

    fn machine(&self) -> Option<String> {
        let Machine { system, processors, page, .. } = &self.machine;
        let facts = system.iter().cloned();
        let facts = facts.chain(processors.map(|number| counted(number, "processor")));
        let facts = facts.chain(page.map(|bytes| format!("pages of {bytes} bytes")));
        Some(facts.collect::<Vec<_>>().join(", ")).filter(|words| !words.is_empty())
    }
}

/// lab and its version.
pub fn program() -> String {
    format!("lab {}", env!("CARGO_PKG_VERSION"))
}

fn user(uid: u32) -> String {
    match uid {
        0 => "root, whom the kernel refuses almost nothing".into(),
        uid => format!("user {uid}"),
    }
}

/// The command line with the program's own name before it, whatever it was started as.
fn command() -> String {
    let words = env::args_os().skip(1).map(|word| shell_word(&line_of(word.as_bytes())));
    std::iter::once("lab".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// The day in the civil calendar, from a count of days (Hinnant, 2013), in eras of 400 years that begin in March; then
/// hour, minute and second.
fn civil(seconds: u64) -> (String, [u64; 3]) {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let time = [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60];
    (format!("{year}-{month:02}-{day:02}"), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_calendars() {
        // As `date -u -d @N` has them.
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (1_764_314_400, "2025-11-28T07:20:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            let about = About { seconds, ..About::run(Ending::Complete, "") };
            assert_eq!(about.timestamp(), text);
            assert_eq!(about.date(), text[..16].replace('T', " ") + " UTC");
        }
    }
}
