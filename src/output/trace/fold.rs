//! Which events are worth a person's lines: of a process that makes no call which lab decodes (a shell, a wrapper of a
//! wrapper) neither its birth nor its end is reported, and of one that does, one line says how it came to be. It words
//! nothing but that line, and keeps back nothing that changed a segment.

use std::collections::{HashMap, HashSet};

use super::{Line, actor, plain};
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::trace::Story;

/// Of this many processes at a time it is kept how they came to be.
const MAX_KEPT: usize = 1000;

/// How a process came to be, until it does something.
#[derive(Debug)]
enum Start {
    /// Its birth, as its parent's event.
    Born(Box<Event>),
    /// The program that it runs since, and who its parent is.
    Runs { call: String, parent: Option<String> },
}

/// What was kept back so far.
#[derive(Debug, Default)]
pub struct Fold {
    starts: HashMap<i32, Start>,
    /// Processes of which something was reported.
    told: HashSet<i32>,
    /// How many have ended of which nothing was.
    silent: u64,
}

/// What stands before an event: how its process came to be, as its parent's event or in a line.
#[derive(Debug, Default)]
pub struct Before {
    pub birth: Option<Box<Event>>,
    pub runs: Option<Line>,
}

impl Fold {
    /// What is reported before this event; none where it is not reported itself.
    pub fn of(&mut self, story: &Story, event: &Event) -> Option<Before> {
        let pid = event.pid;
        match (event.seen().traced, event.seen().meaning.as_ref()) {
            (
                Some(TracedCall::Fork | TracedCall::Vfork | TracedCall::Clone),
                Some(Meaning::Inherits { attaches: 0, .. } | Meaning::BorrowsMemory { .. }),
            ) if self.starts.len() < MAX_KEPT && !self.told.contains(&pid) => {
                if let Outcome::Returned(Value::Pid(child)) = event.outcome {
                    self.starts.insert(child, Start::Born(Box::new(event.clone())));
                }
                None
            }
            (Some(TracedCall::Execve), Some(Meaning::Becomes { attaches: 0, .. }))
                if self.starts.len() < MAX_KEPT =>
            {
                let parent = story.process(pid).and_then(|process| process.parent).map(|pid| story.role(pid));
                self.starts.insert(pid, Start::Runs { call: event.call.clone(), parent });
                // It is another program, and has done nothing yet.
                self.told.remove(&pid);
                None
            }
            (Some(TracedCall::Exit), None) if !self.told.contains(&pid) && !killed(event) => {
                self.starts.remove(&pid);
                self.silent += 1;
                None
            }
            (Some(TracedCall::Exit), _) => {
                let before = self.before(story, event);
                self.told.remove(&pid);
                Some(before)
            }
            _ => Some(self.before(story, event)),
        }
    }

    fn before(&mut self, story: &Story, event: &Event) -> Before {
        self.told.insert(event.pid);
        let runs = |words: String| {
            let pieces = vec![actor(story, event), plain(words)];
            Before { runs: Some(Line::Labelled { label: "RUNS", pieces }), birth: None }
        };
        match self.starts.remove(&event.pid) {
            None => Before::default(),
            // Its exec was counted and not told.
            Some(Start::Born(birth)) if !is_of(&birth, event) => runs(format!(", started by {}", birth.role)),
            Some(Start::Born(birth)) => {
                self.told.insert(birth.pid);
                Before { birth: Some(birth), runs: None }
            }
            Some(Start::Runs { call, parent }) => {
                let by = parent.map(|parent| format!(", started by {parent}")).unwrap_or_default();
                let words = call.strip_prefix("execve(").and_then(|rest| rest.strip_suffix(')'));
                let words = words.unwrap_or(&call).replace("\", \"", " ");
                runs(format!(": {}{by}", words.trim_matches('"')))
            }
        }
    }

    /// How many processes have ended of which nothing was reported.
    pub fn silent(&self) -> u64 {
        self.silent
    }
}

/// Whether the child of this birth is still called as it was then.
fn is_of(birth: &Event, event: &Event) -> bool {
    match &birth.seen().meaning {
        Some(Meaning::Inherits { child, .. } | Meaning::BorrowsMemory { child }) => *child == event.role,
        _ => true,
    }
}

fn killed(event: &Event) -> bool {
    matches!(event.outcome, Outcome::Died { .. }) && !event.seen().by_lab
}
