//! Diagnoses: what a trace shows to be wrong, right by accident, or worth a remark. A rule is a row: its name, how
//! bad it is, the step of a lesson that shows it, what it usually follows from, and a small pure
//! function that finds its evidence in the story. Nothing here looks at the machine but for a program's own file;
//! nothing prints. What is only likely is a remark.

mod addresses;
mod attachments;
mod binary;
mod detail;
mod ids;
mod keys;
mod lifetimes;
mod making;
mod old;
mod order;
mod readers;
mod refused;
mod removals;
mod rights;
mod table;
mod verdict;
mod waits;

use serde::Serialize;

pub use binary::Binary;
pub use detail::{Apart, Detail};
pub use refused::Refusal;
pub use table::RULES;
pub use verdict::{Doubt, Judgement, Verdict, judge};
pub use waits::{HeldLock, RingLink, RingWait, SleptIn};

use super::Story;
use crate::facts::event::{Event, Source};
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;

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

/// A step of a lesson, found by what is in it, so that inserting another step moves nothing.
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
    pub reading: Reading,
    /// The misconceptions behind it, by number of the syllabus.
    pub syllabus: &'static [usize],
    /// Rules that it usually follows from, in lists, the likeliest first: it is reported after them.
    pub follows: &'static [&'static [&'static str]],
    find: fn(&Story) -> Vec<Found>,
}

/// Evidence that a rule has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub detail: Detail,
    /// The events that show it, by number.
    pub events: Vec<usize>,
    /// The event whose line of source is to be mended; the last one where nothing is said.
    pub place: Option<usize>,
    /// The process it is about.
    pub pid: Option<i32>,
    pub segment: Option<i32>,
}

impl Found {
    fn new(detail: Detail, events: Vec<usize>, pid: Option<i32>, segment: Option<i32>) -> Found {
        Found { detail, events, place: None, pid, segment }
    }

    /// With an event before the others that shows it too.
    fn after(mut self, event: usize) -> Found {
        self.events.insert(0, event);
        self
    }
}

/// A rule and what it has found.
#[derive(Debug, Serialize)]
pub struct Diagnosis {
    pub name: &'static str,
    pub level: Level,
    /// What it was the first time.
    #[serde(flatten)]
    pub detail: Detail,
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

/// All that the rules find, causes before what follows from them, and what is wrong before what may be meant.
pub fn diagnose(story: &Story) -> Vec<Diagnosis> {
    let mut found: Vec<Diagnosis> = RULES.iter().filter_map(|rule| one(rule, story)).collect();
    let because = |finding: &Diagnosis| {
        let found_as = |name: &str| found.iter().find(|cause| cause.name == name);
        let led = |name: &&str| found_as(name).is_some_and(|cause| led_to(story, cause, finding));
        finding.rule.follows.iter().copied().flatten().copied().find(led)
    };
    let because: Vec<Option<&str>> = found.iter().map(because).collect();
    found.iter_mut().zip(because).for_each(|(finding, because)| finding.because = because);
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

/// Whether a finding may follow from another. A crash keeps its own process from tidying up; one that ended by itself
/// after the other's crash could have done it.
fn led_to(story: &Story, cause: &Diagnosis, finding: &Diagnosis) -> bool {
    if cause.pid == finding.pid {
        return !table::REFUSED.contains(&cause.name) || gave_up(story, finding);
    }
    if !table::CRASHES.contains(&cause.name) {
        // What one process leaves out of its flags harms itself.
        return cause.name != "creat-without-excl";
    }
    let ended = calls(story, TracedCall::Exit).find(|event| Some(event.pid) == finding.pid);
    ended.is_none_or(|event| cause.evidence.last().is_some_and(|last| event.seen().number < *last))
}

/// Whether a process's last shmat was refused, so that it ended early.
fn gave_up(story: &Story, finding: &Diagnosis) -> bool {
    let mine = calls(story, TracedCall::Shmat).filter(|event| Some(event.pid) == finding.pid);
    mine.last().is_some_and(|event| failed(event).is_some())
}

/// A rule's findings as one diagnosis: the detail of the first, the evidence of all.
fn one(rule: &'static Rule, story: &Story) -> Option<Diagnosis> {
    let all = (rule.find)(story);
    let first = all.first()?.clone();
    let mut evidence: Vec<usize> = all.iter().flat_map(|found| found.events.iter().copied()).collect();
    evidence.sort_unstable();
    evidence.dedup();
    let mut places = first.place.iter().chain(first.events.iter().rev());
    let source = places.find_map(|number| story.event(*number)?.seen().source.clone());
    Some(Diagnosis {
        name: rule.name,
        level: all.iter().map(|found| found.detail.level().unwrap_or(rule.level)).min().unwrap_or(rule.level),
        detail: first.detail,
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

/// All such events, in order.
fn calls(story: &Story, call: TracedCall) -> impl Iterator<Item = &Event> {
    story.events.iter().filter(move |event| event.is(call))
}

/// The event that this one follows from, if it is such a one.
fn cause<'a>(story: &'a Story, event: &Event, call: TracedCall) -> Option<&'a Event> {
    story.event(event.seen().cause?).filter(|cause| cause.is(call))
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

/// A finding about each of these events of which there is something to say.
fn each<'a>(
    story: &'a Story,
    events: impl Iterator<Item = &'a Event>,
    detail: impl Fn(&Event) -> Option<Detail>,
) -> Vec<Found> {
    events.filter_map(|event| Some(about(story, event, detail(event)?))).collect()
}

/// A finding about one event, and the events that led to it.
fn about(story: &Story, event: &Event, detail: Detail) -> Found {
    Found::new(detail, story.chain(event.seen().number), Some(event.pid), event.segment)
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
