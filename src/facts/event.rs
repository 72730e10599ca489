//! What happened, as data: the one thing that stage and tracer produce and that output, records and graders
//! read. Every number was returned by a call or read from the kernel; what lab makes of them is in `seen` and `notes`.

use std::sync::{LazyLock, Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};

use super::meaning::Meaning;
use super::outcome::{Bindings, Outcome};
use super::traced_call::TracedCall;
use crate::constants;

/// A segment's row, as /proc/sysvipc/shm, SHM_STAT_ANY or IPC_STAT shows it. Sizes in bytes, times in seconds
/// since 1970 (0: never), pids as the reader's pid namespace sees them (0: not visible).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    pub key: i32,
    pub shmid: i32,
    /// Permission bits, with 01000 SHM_DEST and 02000 SHM_LOCKED.
    pub mode: u32,
    pub size: u64,
    pub cpid: i32,
    pub lpid: i32,
    pub nattch: u64,
    pub uid: u32,
    pub cuid: u32,
    pub atime: i64,
    pub dtime: i64,
    pub ctime: i64,
    /// Bytes in memory; none where only /proc would know and there is no /proc.
    pub rss: Option<u64>,
}

impl Segment {
    /// Whether it is marked for removal at its last detach.
    pub fn is_marked(&self) -> bool {
        self.mode & constants::SHM_DEST != 0
    }
}

/// One attached segment in one process: its line in /proc/PID/maps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    pub role: String,
    pub pid: i32,
    pub shmid: i32,
    pub start: u64,
    pub end: u64,
    /// `rw-s`, `r--s` or `rwxs`.
    pub permissions: String,
    /// The whole line, blanks folded.
    pub line: String,
}

/// A process of the lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub role: String,
    pub pid: i32,
    /// The letter of /proc/PID/stat: `S` it waits, `Z` it has ended and its parent has not waited; none when
    /// it is gone.
    pub state: Option<char>,
}

/// The kernel's side of the stage at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The segments of this run; none where nothing on this machine can list them.
    pub segments: Option<Vec<Segment>>,
    /// Where the rows were read.
    #[serde(deserialize_with = "known_word")]
    pub source: Word,
    pub mappings: Vec<Mapping>,
    /// Whether every actor's mappings could be read.
    pub mappings_seen: bool,
    /// Everybody who has entered so far, in that order.
    pub members: Vec<Member>,
    /// Files in /dev/shm that carry the name of a System V segment.
    pub devshm: usize,
}

impl Snapshot {
    /// The row of a segment.
    pub fn segment(&self, shmid: i32) -> Option<&Segment> {
        self.segments.iter().flatten().find(|row| row.shmid == shmid)
    }
}

/// The first bytes of a segment, read by an actor through its own mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub role: String,
    pub address: u64,
    #[serde(serialize_with = "crate::facts::outcome::as_text")]
    pub bytes: Vec<u8>,
}

/// What ftok reads of its file: the only thing the kernel sees of an ftok.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    pub path: String,
    pub device: u64,
    pub inode: u64,
    pub project: i32,
}

/// A place in a program's source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub file: String,
    pub line: u32,
    /// The line itself, where the file can be read.
    pub text: Option<String>,
}

impl Source {
    /// The same by the file's name alone.
    #[must_use]
    pub fn without_folder(&self) -> Source {
        let file = self.file.rsplit('/').next().unwrap_or_default();
        Source { file: file.into(), ..self.clone() }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What only a tracer sees of a call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// What it is about.
    #[serde(skip)]
    pub traced: Option<TracedCall>,
    /// The event's number in the trace, from 0.
    pub number: usize,
    /// Microseconds since the program was started.
    pub at: u64,
    /// The thread, where it is not the first of its process.
    pub thread: Option<i32>,
    /// The arguments as the kernel got them.
    pub args: Vec<u64>,
    /// The line of the program that makes the call, where it has debug information.
    pub source: Option<Source>,
    /// What this call means at this moment.
    #[serde(flatten)]
    pub meaning: Option<Meaning>,
    /// The number of the event without which this one would have come out otherwise.
    pub cause: Option<usize>,
    /// The call was made by a handler that exit() runs (atexit).
    pub at_exit: bool,
    /// Bytes that are not zero behind the segment's size and before its page's end: the offset of the first, and
    /// how many there are from there to the last.
    pub beyond: Option<(u64, u64)>,
    /// By how much nattch is not what this call makes it: other processes ran between lab's two looks.
    pub meanwhile: i64,
    /// lab itself has ended the process.
    pub by_lab: bool,
}

/// A system call that the kernel saw during a step, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemCall {
    pub name: String,
    pub times: usize,
}

/// All that the kernel saw of the actors during a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemCalls {
    pub calls: Vec<SystemCall>,
    /// Bytes that read, write, msgsnd and msgrcv copied into the kernel or out of it.
    pub copied: u64,
    /// There were more; the number that is watched has a limit.
    pub more: bool,
}

/// One call and all that was seen of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub role: String,
    /// The process that made the call, the first of a pair.
    pub pid: i32,
    /// The function's name.
    #[serde(deserialize_with = "known_word")]
    pub function: Word,
    /// As the student would write it.
    pub code: String,
    /// The same with every name replaced by its value.
    pub call: String,
    pub outcome: Outcome,
    /// The segment it was about.
    pub segment: Option<i32>,
    pub before: Snapshot,
    pub after: Snapshot,
    pub content: Option<Content>,
    /// What IPC_STAT returned.
    pub stat: Option<Segment>,
    pub file: Option<FileFact>,
    /// The system calls of the step; none where they were not watched.
    pub kernel: Option<SystemCalls>,
    /// What the stage did besides, in sentences.
    pub notes: Vec<String>,
    /// How often it was played until it came out as expected; 1 unless the lesson allows more.
    pub tries: usize,
    /// What every name stands for after the call.
    pub names: Bindings,
    /// What a tracer saw besides; none for a call of the stage, and so in what is read back. In JSON it stands with its
    /// sentence.
    #[serde(skip)]
    pub seen: Option<Seen>,
}

impl Event {
    /// Who, what and how it came out, and nothing else.
    pub fn new(role: String, pid: i32, function: &'static str, outcome: Outcome) -> Event {
        Event {
            role,
            pid,
            function,
            code: String::new(),
            call: String::new(),
            outcome,
            segment: None,
            before: Snapshot::default(),
            after: Snapshot::default(),
            content: None,
            stat: None,
            file: None,
            kernel: None,
            notes: Vec::new(),
            tries: 1,
            names: Bindings::default(),
            seen: None,
        }
    }

    /// A tracer's part of it; empty for a call of the stage.
    pub fn seen(&self) -> &Seen {
        static NOTHING: LazyLock<Seen> = LazyLock::new(Seen::default);
        self.seen.as_ref().unwrap_or(&NOTHING)
    }

    /// The same, to be changed.
    pub fn seen_mut(&mut self) -> &mut Seen {
        self.seen.get_or_insert_default()
    }

    /// Whether a tracer tells this of it.
    pub fn is(&self, traced: TracedCall) -> bool {
        self.seen().traced == Some(traced)
    }

    /// Whether it is one of these.
    pub fn is_one_of(&self, calls: &[TracedCall]) -> bool {
        self.seen().traced.is_some_and(|traced| calls.contains(&traced))
    }
}

/// A word of lab's own.
type Word = &'static str;

/// A word that was read back: each is kept once and for good, and there are few.
fn known_word<'de, D: Deserializer<'de>>(from: D) -> Result<Word, D::Error> {
    static KNOWN: Mutex<Vec<Word>> = Mutex::new(Vec::new());
    let word = String::deserialize(from)?;
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.iter().find(|found| **found == word) {
        return Ok(found);
    }
    let kept: Word = Box::leak(word.into_boxed_str());
    known.push(kept);
    Ok(kept)
}
