//! Diagnoses: what a trace shows to be wrong, right by accident, or worth a remark. A rule is a row: its name, how
//! bad it is, what it is called, the step of a lesson that shows it, what it usually follows from, and a small pure
//! function that finds its evidence in the story. Nothing here looks at the machine but for a program's own file;
//! nothing prints. What is only likely is a remark.

mod addresses;
mod binary;
mod ids;
mod keys;
mod lives;
mod making;
mod order;

use serde::Serialize;

use super::Story;
use crate::event::{Event, Source};
use crate::lesson::Outcome;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It is wrong, and this run shows it.
    Mistake,
    /// It came out well, and it could not be relied on.
    RightByAccident,
    /// Worth knowing; it may be meant.
    Remark,
}

impl Level {
    /// In words, after `a`: `mistake`.
    pub fn words(self) -> &'static str {
        match self {
            Level::Mistake => "mistake",
            Level::RightByAccident => "right by accident",
            Level::Remark => "remark",
        }
    }
}

/// A step of a lesson, found by what stands in it, so that inserting another step moves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The lesson's first step with this call.
    Call(&'static str, &'static str),
    /// The lesson's first step that covers this misconception of the syllabus.
    Covers(&'static str, usize),
}

/// A row of the table.
#[derive(Debug)]
pub struct Rule {
    pub name: &'static str,
    pub level: Level,
    /// A heading of a few words.
    pub title: &'static str,
    pub reading: Reading,
    /// The misconceptions behind it, by number of the syllabus.
    pub syllabus: &'static [usize],
    /// Rules that it usually follows from, the likeliest first: it is told after them.
    follows: &'static [&'static str],
    find: fn(&Story) -> Vec<Found>,
}

/// Evidence that a rule has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What it means for this very program, in a sentence or two.
    pub means: String,
    /// The events that show it, by number.
    pub events: Vec<usize>,
    /// The process it is about.
    pub pid: Option<i32>,
    pub segment: Option<i32>,
}

/// A rule and what it has found.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    pub name: &'static str,
    pub level: Level,
    pub title: &'static str,
    /// What it means for this very program.
    pub means: String,
    /// How often it was found.
    pub times: usize,
    /// The events that show it, by number, in order.
    pub evidence: Vec<usize>,
    /// Who did it first.
    pub role: Option<String>,
    pub pid: Option<i32>,
    pub segment: Option<i32>,
    /// The line of the program, where it is known.
    pub source: Option<Source>,
    /// The diagnosis that it follows from.
    pub because: Option<&'static str>,
    #[serde(skip)]
    pub rule: &'static Rule,
}

const fn rule(
    name: &'static str,
    level: Level,
    title: &'static str,
    reading: Reading,
    syllabus: &'static [usize],
    find: fn(&Story) -> Vec<Found>,
) -> Rule {
    Rule { name, level, title, reading, syllabus, follows: &[], find }
}

impl Rule {
    const fn follows(mut self, follows: &'static [&'static str]) -> Rule {
        self.follows = follows;
        self
    }
}

use Level::{Mistake, Remark, RightByAccident};
use Reading::{Call, Covers};

/// What keeps a program from tidying up.
const BEFORE_A_LEAK: &[&str] = &[
    "reader-first",
    "key-for-id",
    "id-from-comparison",
    "wrong-command",
    "shmat-unchecked",
    "crash-after-detach",
    "store-read-only",
    "store-past-page",
    "pointer-in-int",
    "foreign-pointer",
];

/// Every rule, in the order in which their findings are told where nothing else decides.
pub const RULES: &[Rule] = &[
    rule(
        "missing-file",
        Mistake,
        "ftok's file does not exist",
        Call("ftok", "key = ftok(\"lab.key\", 'L')"),
        &[1],
        keys::missing_file,
    ),
    rule(
        "key-minus-one",
        RightByAccident,
        "The key is -1",
        Call("as-written", "id = shmget(-1, 1024, 0666 | IPC_CREAT)"),
        &[1, 7],
        keys::minus_one,
    )
    .follows(&["missing-file"]),
    rule(
        "project-over-8-bits",
        RightByAccident,
        "A project number that does not fit",
        Call("ftok", "low = ftok(\"lab.key\", 7777)"),
        &[3],
        keys::project_over,
    ),
    rule(
        "project-zero",
        RightByAccident,
        "A project number of 0",
        Covers("ftok", 3),
        &[3],
        keys::project_zero,
    ),
    rule("key-changed", Mistake, "One path, two keys", Covers("ftok", 4), &[4], keys::changed),
    rule(
        "larger-than-segment",
        Mistake,
        "More bytes than the segment has",
        Covers("shmget", 16),
        &[16],
        making::larger,
    ),
    rule(
        "decimal-mode",
        Mistake,
        "A mode in decimal",
        Call("shmget", "dec = shmget(0x4c4144, 100, 666)"),
        &[19],
        making::decimal,
    ),
    rule(
        "mode-zero",
        Mistake,
        "No permission for anybody",
        Call("shmget", "bare = shmget(0x4c4143, 100, IPC_CREAT)"),
        &[18],
        making::no_mode,
    ),
    rule(
        "id-from-comparison",
        Mistake,
        "An identifier that no shmget returned",
        Call("precedence", "q = shmat(0, NULL, 0)"),
        &[11, 12],
        ids::from_comparison,
    ),
    rule(
        "shmget-unchecked",
        Mistake,
        "shmget failed, and its -1 was used",
        Call("shmat", "bad = shmat(-1, NULL, 0)"),
        &[],
        ids::shmget_unchecked,
    )
    .follows(&["missing-file", "key-minus-one"]),
    rule(
        "key-for-id",
        Mistake,
        "The key in place of the identifier",
        Call("shmctl", "shmctl(0xf00f, IPC_RMID, NULL)"),
        &[10],
        ids::key_for_id,
    ),
    rule(
        "wrong-command",
        Mistake,
        "A command that shmctl does not have",
        Call("shmctl", "shmctl(id, 9999, NULL)"),
        &[],
        ids::wrong_command,
    ),
    rule(
        "address-in-use",
        Mistake,
        "shmat at an address that is not free",
        Covers("shmat", 25),
        &[25],
        addresses::in_use,
    ),
    rule(
        "shmat-unchecked",
        Mistake,
        "shmat failed, and its -1 was used",
        Covers("shmat", 23),
        &[23],
        addresses::shmat_unchecked,
    )
    .follows(&["shmget-unchecked", "address-in-use", "mode-zero", "decimal-mode"]),
    rule(
        "crash-after-detach",
        Mistake,
        "The pointer was used after shmdt",
        Call("shmdt", "p[0] = 'X'"),
        &[],
        addresses::after_detach,
    ),
    rule(
        "store-read-only",
        Mistake,
        "A store through a read-only attach",
        Covers("shmat", 29),
        &[29],
        addresses::read_only,
    ),
    rule(
        "store-past-page",
        Mistake,
        "An access past the segment's last page",
        Call("pages", "p[4096] = 'Z'"),
        &[15],
        addresses::past_page,
    ),
    rule(
        "pointer-in-int",
        Mistake,
        "A pointer that went through an int",
        Covers("write", 24),
        &[24],
        addresses::in_int,
    ),
    rule(
        "foreign-pointer",
        Mistake,
        "Another process's address",
        Covers("addresses", 26),
        &[26],
        addresses::foreign,
    ),
    rule(
        "shmdt-wrong-address",
        Mistake,
        "shmdt of an address where nothing is attached",
        Call("shmdt", "shmdt(&id)"),
        &[42],
        addresses::wrong_shmdt,
    )
    .follows(&["shmat-unchecked"]),
    rule(
        "reader-first",
        Mistake,
        "The reader came before the writer",
        Covers("client-first", 35),
        &[35],
        lives::reader_first,
    )
    .follows(&["creat-without-excl"]),
    rule("split-key", Mistake, "One key, two segments", Covers("lifetime", 45), &[45], lives::split),
    rule(
        "never-destroyed",
        Mistake,
        "A segment that nobody has removed",
        Covers("lifetime", 39),
        &[39],
        lives::never_destroyed,
    )
    .follows(BEFORE_A_LEAK),
    rule(
        "overrun",
        RightByAccident,
        "More was written than was asked for",
        Covers("pages", 15),
        &[15],
        addresses::overrun,
    ),
    rule(
        "creat-without-excl",
        RightByAccident,
        "IPC_CREAT without IPC_EXCL",
        Covers("shmget", 13),
        &[13],
        making::without_excl,
    ),
    rule(
        "world-writable",
        Remark,
        "Everybody may write",
        Call("shmget", "open = shmget(0x4c4145, 100, IPC_CREAT | 0666)"),
        &[7, 20],
        making::world_writable,
    ),
    rule("excl-alone", Remark, "IPC_EXCL without IPC_CREAT", Covers("shmget", 14), &[14], making::excl_alone),
    rule(
        "mode-in-shmat",
        Remark,
        "A mode where shmat takes flags",
        Covers("shmat", 30),
        &[30],
        addresses::mode_in_shmat,
    ),
    rule(
        "empty-segment",
        Remark,
        "A segment into which nobody wrote",
        Covers("client-first", 35),
        &[35],
        lives::empty,
    )
    .follows(&["creat-without-excl"]),
    rule(
        "unordered-writers",
        Remark,
        "Nothing that makes two processes take turns",
        Covers("races", 32),
        &[32, 34],
        order::unordered,
    ),
    rule("left-behind", Remark, "A segment is left", Covers("as-written", 39), &[39], lives::left_behind)
        .follows(BEFORE_A_LEAK),
    rule(
        "attached-after-removal",
        Remark,
        "shmat after IPC_RMID",
        Covers("lifetime", 44),
        &[44],
        addresses::after_removal,
    ),
    rule("removed-twice", Remark, "IPC_RMID twice", Covers("lifetime", 47), &[47], lives::removed_twice),
    rule("not-detached", Remark, "No shmdt", Call("shmdt", "shmdt(p)"), &[], lives::not_detached)
        .follows(&["shmdt-wrong-address"]),
];

/// All that the rules find, causes before what follows from them, and what is wrong before what may be meant.
pub fn diagnose(story: &Story) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = RULES.iter().filter_map(|rule| one(rule, story)).collect();
    let names: Vec<_> = found.iter().map(|diagnosis| diagnosis.name).collect();
    for diagnosis in &mut found {
        diagnosis.because = diagnosis.rule.follows.iter().find(|name| names.contains(name)).copied();
    }
    found.sort_by_key(|diagnosis| (diagnosis.level, diagnosis.evidence.first().copied()));
    let mut stories = Vec::new();
    let (roots, mut rest): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|diagnosis| diagnosis.because.is_none());
    for root in roots {
        let mut one = vec![root];
        let follows =
            |one: &[Diagnosis], next: &Diagnosis| one.iter().any(|cause| next.because == Some(cause.name));
        while let Some(at) = rest.iter().position(|next| follows(&one, next)) {
            one.push(rest.remove(at));
        }
        stories.push(one);
    }
    // A remark that led to a mistake comes with the mistakes.
    stories.sort_by_key(|story| story.iter().map(|diagnosis| diagnosis.level).min());
    stories.into_iter().flatten().collect()
}

/// A rule's findings as one diagnosis: the first one's sentence, everyone's evidence.
fn one(rule: &'static Rule, story: &Story) -> Option<Diagnosis> {
    let all = (rule.find)(story);
    let first = all.first()?.clone();
    let mut evidence: Vec<usize> = all.iter().flat_map(|found| found.events.iter().copied()).collect();
    evidence.sort_unstable();
    evidence.dedup();
    let source =
        first.events.iter().rev().find_map(|number| story.events.get(*number)?.seen().source.clone());
    Some(Diagnosis {
        name: rule.name,
        level: rule.level,
        title: rule.title,
        means: first.means,
        times: all.len(),
        evidence,
        role: first.pid.map(|pid| story.role(pid)),
        pid: first.pid,
        segment: first.segment,
        source,
        because: None,
        rule,
    })
}

/// The events of this function, in order.
fn calls<'a>(story: &'a Story, function: &'a str) -> impl Iterator<Item = &'a Event> {
    story.events.iter().filter(move |event| event.function == function)
}

/// The event that this one follows from, if it is a call of this function.
fn cause<'a>(story: &'a Story, event: &Event, function: &str) -> Option<&'a Event> {
    story.events.get(event.seen().cause?).filter(|cause| cause.function == function)
}

/// An argument as the kernel's int.
fn int(event: &Event, at: usize) -> i32 {
    event.seen().args.get(at).copied().unwrap_or_default() as i32
}

fn failed(event: &Event) -> Option<i32> {
    match event.outcome {
        Outcome::Failed(errno) => Some(errno),
        _ => None,
    }
}

/// A finding about one event, and the events that led to it.
fn about(story: &Story, event: &Event, means: String) -> Found {
    Found { means, events: story.chain(event.seen().number), pid: Some(event.pid), segment: event.segment }
}

/// The process, its parent, and so on up to the program's first.
fn line_of(story: &Story, pid: i32) -> Vec<i32> {
    let mut line = vec![pid];
    let mut at = pid;
    while let Some(parent) = story.process(at).and_then(|process| process.parent) {
        if line.contains(&parent) {
            break;
        }
        line.push(parent);
        at = parent;
    }
    line
}
