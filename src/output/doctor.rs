//! What `lab doctor` says: of each finding what was found, what follows for lab, and how it is changed, by whom. It asks
//! the machine nothing and knows no check by name.

mod details;
mod words;

pub use words::words;

use super::line::{Line, Style, ink, inked, labelled, plain, strong};
use super::phrase::capital;
use crate::constants;
use crate::facts::machine::{Finding, State, Trial};

/// The words for a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub found: String,
    /// What lab can't do because of it.
    pub follows: Option<String>,
    pub change: Option<String>,
}

/// What all checks come to.
#[derive(Debug, Default)]
pub struct Sum {
    rows: Vec<(&'static str, State)>,
    /// Why no lesson can be played, if none can.
    pub stops: Option<String>,
}

impl Sum {
    /// Counts a check.
    pub fn add(&mut self, name: &'static str, finding: &Finding, found: &Found) {
        self.rows.push((name, finding.state()));
        if finding.stops_lessons() && self.stops.is_none() {
            self.stops = Some(format!("{name}: {}", found.found));
        }
    }

    /// How many came out so.
    pub fn count(&self, state: State) -> usize {
        self.rows.iter().filter(|(_, found)| *found == state).count()
    }

    fn names(&self, state: State) -> String {
        let rows = self.rows.iter().filter(|(_, found)| *found == state);
        rows.map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// The states as a person and as a tool reads them.
const STATES: [(State, &str, &str, Style); 3] = [
    (State::Ok, "OK", "ok", Style::Good),
    (State::Note, "NOTE", "note", Style::Kernel),
    (State::No, "NO", "no", Style::Bad),
];

/// A state's name for tools.
pub fn state(state: State) -> &'static str {
    STATES.iter().find(|row| row.0 == state).map_or("", |row| row.2)
}

/// The line above a group's checks.
pub fn heading(group: &'static str, first: bool) -> Vec<Line> {
    let blank = if first { None } else { Some(Line::Blank) };
    let title = strong("ABOUT", group);
    blank.into_iter().chain([title]).collect()
}

/// A check's lines: one where all is well.
pub fn lines(name: &str, state: State, found: &Found) -> Vec<Line> {
    let (label, style) =
        STATES.iter().find(|row| row.0 == state).map_or(("", Style::Plain), |row| (row.1, row.3));
    // The state is the line's label, and the check's name has the state's colour.
    let pieces = vec![ink(style, name), plain(format!(": {}", found.found))];
    let mut lines = vec![Line::Labelled { label, pieces }];
    if state != State::Ok {
        lines.extend(found.follows.as_ref().map(|what| labelled("", what.clone())));
        lines.extend(found.change.as_ref().map(|how| labelled("CHANGE", how.clone())));
    }
    lines
}

/// The last lines: how many of each, which are not well, and whether a lesson can be played.
pub fn end(sum: &Sum, place: &str) -> Vec<Line> {
    let count = |row: &(State, &str, &str, Style)| format!("{} {}", sum.count(row.0), row.1);
    let mut lines = vec![Line::Blank];
    lines.push(labelled("SUM", STATES.iter().map(count).collect::<Vec<_>>().join(", ")));
    for row in STATES.iter().rev().filter(|row| row.0 != State::Ok && sum.count(row.0) > 0) {
        lines.push(labelled(row.1, sum.names(row.0)));
    }
    let (style, text) = match (&sum.stops, place) {
        (Some(_), _) => (Style::Bad, "can't be played on this machine"),
        (None, "sandbox") => (Style::Good, "can be played, each in a sandbox: lab step-through"),
        (None, _) => (Style::Good, "those that may play on the host can be played: lab step-through"),
    };
    lines.push(inked("LESSONS", style, text));
    lines
}

/// What was found, where that is as it should be.
fn well(found: impl Into<String>) -> Found {
    Found { found: found.into(), follows: None, change: None }
}

/// Found, what follows, how to change it: two of them may be empty.
fn said(found: impl Into<String>, follows: &str, change: &str) -> Found {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Found { found: found.into(), follows: some(follows), change: some(change) }
}

/// What came of a trial that did not work.
fn trial(trial: &Trial) -> String {
    match trial {
        Trial::Works => "it works".into(),
        Trial::Refused(call, errno) => {
            let (name, plain) = (constants::errno(*errno), constants::meaning(call, *errno));
            format!("{call}() returned {name}, {plain}")
        }
        Trial::Killed(signal) => format!("{} killed a process that tried it", constants::signal(*signal)),
        Trial::Silent => "the process that tried it did not answer".into(),
        Trial::NoProcess(errno) => {
            format!("no process could be started to try it: {}", constants::errno(*errno))
        }
        Trial::NotTried => "not tried, because it takes a sandbox of its own".into(),
    }
}

fn tried(of: &Trial, works: impl Into<String>, follows: &str, change: &str) -> Found {
    match of {
        Trial::Works => well(works),
        Trial::NotTried => {
            said(trial(of), follows, "What CHANGE says of the ipc namespace changes this too.")
        }
        _ => said(trial(of), follows, change),
    }
}

/// Words that stand behind a colon elsewhere, as a sentence; a sysctl's name keeps its small letter.
fn sentence(words: &str) -> String {
    let name = words.split(' ').next().is_some_and(|first| first.contains('.'));
    if name { format!("{words}.") } else { capital(words) + "." }
}

/// `unlimited`, or the number.
fn most(limit: Option<u64>) -> String {
    limit.map_or("unlimited".into(), |limit| limit.to_string())
}

/// A number of the kernel's that could not be read.
fn known(value: Option<u64>) -> String {
    value.map_or("unknown".into(), |value| value.to_string())
}

const CONTAINER: &str = "In a container, start it with a seccomp profile that allows these calls: docker run \
    --security-opt seccomp=unconfined. A kernel without CONFIG_SYSVIPC needs an administrator to replace it.";
const NAMESPACES: &str = "An administrator allows it: sudo sysctl kernel.unprivileged_userns_clone=1 (Debian), sudo \
    sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), sudo sysctl user.max_user_namespaces=10000; in a \
    container: docker run --cap-add=SYS_ADMIN --security-opt seccomp=unconfined.";
