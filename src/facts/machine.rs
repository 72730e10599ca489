//! What `lab doctor` has found out about this machine: each check's result as data, and whether that is well. It makes
//! no call and words nothing.

use serde::{Deserialize, Serialize};

/// How a trial in a child ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trial {
    Works,
    /// This call got this errno.
    Refused(String, i32),
    /// A signal killed the child for it.
    Killed(i32),
    /// The child did not answer in time.
    Silent,
    /// No child could be started, because of this errno.
    NoProcess(i32),
    /// It was left out, since it would have touched what is not ours.
    NotTried,
}

/// How well a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Ok,
    /// Something of lab is missing or looks otherwise here.
    Note,
    /// A command of lab can't do its work here.
    No,
}

/// The namespaces that lab makes, besides the IPC namespace of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace {
    User,
    Pid,
    Mount,
    Network,
}

/// Who plays the other user of a lesson.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondUser {
    /// Root becomes whoever is needed.
    Root,
    /// newuidmap maps one.
    Mapped,
    /// newuidmap is there, but /etc/subuid or /etc/subgid has no range for this user.
    NoRange,
    None,
}

/// What the C compiler did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compiler {
    /// It compiled and linked a program.
    Links(String),
    /// It read a program with its headers; where it would have written one, nothing may be written.
    Reads(String),
    /// There is none: a sentence.
    None(String),
    /// It failed, and the first line that it printed.
    Fails(String, String),
}

/// Whether lab can keep something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Folder {
    /// It is there and ours, or can be made.
    Writable { path: String, there: bool },
    /// The error of a write.
    Refused { path: String, errno: i32 },
    /// Left alone, or nowhere: a sentence.
    None(String),
}

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A segment made, attached, written to, detached and removed; whether that was in a sandbox.
    SharedMemory { trial: Trial, in_sandbox: bool },
    /// A limit of the host's IPC namespace: its value, how much of it is in use, and the least that lessons can do with.
    Limit { name: &'static str, value: Option<u64>, used: Option<u64>, least: u64 },
    /// Whether the host removes each segment at its last detach, and whether there is a sandbox that does not.
    RemovesUnattached { on: bool, sandbox: bool },
    /// A queue made and removed, and the host's limits: msgmax, msgmnb, msgmni.
    Queues { trial: Trial, limits: [Option<u64>; 3] },
    /// A set made, changed and removed, and what kernel.sem says.
    Semaphores { trial: Trial, limits: String },
    /// An IPC namespace of our own; whether it takes a user namespace.
    Sandbox { trial: Trial, with_user: bool },
    /// One of the other namespaces, made.
    Namespace(Namespace, Trial),
    /// Whether a sandbox may have lower limits.
    SandboxLimits(bool),
    /// Who plays the other user of a lesson here.
    SecondUser(SecondUser),
    /// A child attached to, stopped and read; and what to change.
    Ptrace { trial: Trial, change: &'static str },
    /// The tracer's filter, put on.
    Filters(Trial),
    /// A domain entered, and the version of the interface.
    Landlock { trial: Trial, version: Option<u32> },
    /// Whether /proc is there, and the kernel's table of segments in it.
    Evidence { proc: bool, table: bool },
    /// How many processes could be started of those tried, and the limit.
    Processes { tried: u64, started: u64, limit: Option<u64> },
    /// Whether this many bytes could be mapped, and the limit.
    Memory { tried: u64, trial: Trial, limit: Option<u64> },
    /// SHM_LOCK of one page, and the limit.
    LockedMemory { trial: Trial, limit: Option<u64> },
    /// How many descriptors could be opened of those tried, and the limit.
    Descriptors { tried: u64, opened: u64, limit: Option<u64> },
    /// How many lab may use.
    Processors(usize),
    /// Whether a program gets another layout of its memory each time.
    RandomAddresses(bool),
    /// The size of a page, whether segments get small ones, and what the kernel says of huge ones for them.
    Pages { size: u64, small: bool, shmem: String },
    /// SHM_HUGETLB asked for: how many huge pages there are, and what shmget() answered.
    HugePages { total: Option<u64>, trial: Trial },
    /// Whether the kernel refuses to promise more memory than there is.
    LimitsPromises(bool),
    /// Whether an ordinary process can't map page 0.
    GuardsPageZero(bool),
    /// What the C compiler did with a program.
    Compiler(Compiler),
    /// Rows and columns of the terminal, TERM, whether single keys can be read, and whether there is colour.
    Terminal { size: Option<(u16, u16)>, term: String, keys: bool, colour: bool },
    /// Whether the locale is UTF-8, and its name.
    Locale { utf8: bool, name: String },
    /// Where records and progress are kept.
    StateFolder(Folder),
    /// Where the key files of a run are.
    KeyFolder(Folder),
    /// What is in the host's IPC namespace, by what is ours by a record and what is not, and our folders. What can't be
    /// counted is none.
    Leftovers {
        ours: usize,
        folders: usize,
        segments: Option<usize>,
        sets: Option<usize>,
        queues: Option<usize>,
    },
    /// This file of /proc can't be read.
    Unread(&'static str),
}

/// A lesson has at most this number of processes at a time, the guard included.
const PROCESSES: u64 = 8;
/// Without this number of further descriptors no lesson can start.
const DESCRIPTORS: u64 = 8;
/// What every page of lab is laid out for.
const ROWS: u16 = 24;
const COLUMNS: u16 = 40;

impl Trial {
    pub fn works(&self) -> bool {
        *self == Trial::Works
    }

    fn or(&self, otherwise: State) -> State {
        match self {
            Trial::Works => State::Ok,
            // What keeps it from being tried has a check of its own.
            Trial::NotTried => State::Note,
            _ => otherwise,
        }
    }
}

impl Folder {
    fn or(&self, otherwise: State) -> State {
        if matches!(self, Folder::Writable { .. }) { State::Ok } else { otherwise }
    }
}

fn note(well: bool) -> State {
    if well { State::Ok } else { State::Note }
}

impl Finding {
    /// How well it is.
    pub fn state(&self) -> State {
        if self.stops_lessons() {
            return State::No;
        }
        match self {
            Finding::SharedMemory { trial, .. }
            | Finding::Queues { trial, .. }
            | Finding::Semaphores { trial, .. }
            | Finding::Ptrace { trial, .. } => trial.or(State::No),
            Finding::Sandbox { trial, .. }
            | Finding::Namespace(_, trial)
            | Finding::Filters(trial)
            | Finding::Memory { trial, .. }
            | Finding::LockedMemory { trial, .. }
            | Finding::Landlock { trial, .. } => trial.or(State::Note),
            Finding::Limit { value, used, least, .. } => {
                let left = value.map(|value| value.saturating_sub(used.unwrap_or(0)));
                note(left.is_none_or(|left| left >= *least))
            }
            Finding::RemovesUnattached { on, .. } => note(!on),
            Finding::SecondUser(who) => note(matches!(who, SecondUser::Root | SecondUser::Mapped)),
            Finding::Evidence { proc, table } => note(*proc && *table),
            Finding::Processes { tried, started, .. } => note(started == tried),
            Finding::Descriptors { tried, opened, .. } => note(opened == tried),
            Finding::Processors(count) => note(*count > 1),
            Finding::Pages { small, .. } => note(*small),
            // Lessons show a machine that refuses huge pages, and no lesson needs one.
            Finding::HugePages { trial, .. } => {
                note(!matches!(trial, Trial::Killed(_) | Trial::NoProcess(_)))
            }
            Finding::SandboxLimits(well)
            | Finding::RandomAddresses(well)
            | Finding::LimitsPromises(well)
            | Finding::GuardsPageZero(well) => note(*well),
            Finding::Compiler(Compiler::Links(_) | Compiler::Reads(_)) => State::Ok,
            Finding::Compiler(_) => State::No,
            Finding::Terminal { size, keys, .. } => {
                note(*keys && size.is_some_and(|(rows, columns)| rows >= ROWS && columns >= COLUMNS))
            }
            Finding::Locale { utf8, .. } => note(*utf8),
            Finding::StateFolder(folder) => folder.or(State::Note),
            Finding::KeyFolder(folder) => folder.or(State::No),
            Finding::Leftovers { ours, folders, .. } => note(ours + folders == 0),
            Finding::Unread(_) => State::Note,
        }
    }

    /// Whether no lesson can be played because of it.
    pub fn stops_lessons(&self) -> bool {
        match self {
            Finding::SharedMemory { trial, .. } => !trial.works(),
            Finding::RemovesUnattached { on, sandbox } => *on && !*sandbox,
            Finding::Processes { started, .. } => *started < PROCESSES,
            Finding::Descriptors { opened, .. } => *opened < DESCRIPTORS,
            Finding::KeyFolder(folder) => !matches!(folder, Folder::Writable { .. }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stops_every_lesson_is_never_less_than_a_no() {
        let refused = || Trial::Refused("shmget".into(), 38);
        let stops = [
            Finding::SharedMemory { trial: refused(), in_sandbox: true },
            Finding::RemovesUnattached { on: true, sandbox: false },
            Finding::Processes { tried: 16, started: 3, limit: Some(3) },
            Finding::Descriptors { tried: 32, opened: 2, limit: Some(5) },
            Finding::KeyFolder(Folder::None("nowhere".into())),
        ];
        assert!(stops.iter().all(|found| found.stops_lessons() && found.state() == State::No));
        let goes_on = [
            Finding::Sandbox { trial: refused(), with_user: false },
            Finding::RemovesUnattached { on: true, sandbox: true },
            Finding::Processes { tried: 16, started: 9, limit: None },
            Finding::Landlock { trial: refused(), version: None },
        ];
        assert!(goes_on.iter().all(|found| !found.stops_lessons() && found.state() == State::Note));
        let queues = |trial| Finding::Queues { trial, limits: [None; 3] }.state();
        assert_eq!([queues(refused()), queues(Trial::NotTried)], [State::No, State::Note]);
    }

    #[test]
    fn a_limit_counts_by_what_is_left_of_it() {
        let limit =
            |value, used| Finding::Limit { name: "shmmni", value, used: Some(used), least: 2 }.state();
        assert_eq!([limit(Some(4), 2), limit(None, 2)], [State::Ok; 2]);
        assert_eq!([limit(Some(3), 2), limit(Some(0), 0)], [State::Note; 2]);
    }
}
