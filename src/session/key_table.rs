//! The keys of a pause, a row each: prompt, `?`, `--help`, the manual and the player all read this table. What a key
//! does is in [`super::prompt`].

use super::{Next, Player};
use crate::error::Error;

/// A key at a pause.
pub struct Key {
    pub key: &'static str,
    /// Its words in the prompt, and the shorter ones of a narrow window.
    pub brief: [&'static str; 2],
    /// What it does, in `--help`: one clause of a list.
    pub help: &'static str,
    /// What it does, under `?`.
    pub long: &'static str,
    pub when: fn(&Now) -> Offer,
    /// Nothing comes back from a key that leaves the player at this pause.
    pub does: fn(&mut Player<'_>, &mut Pause) -> Result<Option<Next>, Error>,
}

/// What decides which keys count.
pub struct Now {
    /// After a step, and not before it.
    pub after: bool,
    pub demo: bool,
    pub earlier_step: bool,
    pub shell: bool,
    pub failure_ahead: bool,
}

/// How far a key is offered. A room reads few words: in a demonstration most keys are only listed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offer {
    /// It is not a key here.
    No,
    /// It says why it does nothing now.
    Explains,
    /// `?` lists it.
    Listed,
    /// The prompt names it too.
    Prompted,
}

/// One pause.
pub struct Pause {
    pub at: usize,
    pub after: bool,
    /// The earlier step that was shown last.
    pub shown: usize,
    /// The number that was typed.
    pub number: usize,
}

// A row each: rustfmt would give every field a line of its own.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    Key { key: "Enter", brief: ["run it", "run"], help: "Enter run it", long: "run it (also Space and n)",
        when: |now| if now.after { Offer::No } else { Offer::Prompted },
        does: |_, _| Ok(Some(Next::On)) },
    Key { key: "Enter", brief: ["next step", "next"], help: "", long: "on to the next step (also Space and n)",
        when: |now| if now.after { Offer::Prompted } else { Offer::No },
        does: |_, _| Ok(Some(Next::On)) },
    Key { key: "e", brief: ["explain"; 2], help: "e explain", long: "explain: the longer explanation, and what to read",
        when: |now| if now.demo { Offer::No } else { Offer::Prompted },
        does: |player, pause| player.explain(pause.at, false) },
    Key { key: "e", brief: ["explain"; 2], help: "e shows all the evidence of the last step",
        long: "explain: the longer explanation, and what to read",
        when: |now| if now.demo { Offer::Prompted } else { Offer::No },
        does: |player, pause| player.explain(pause.at, true) },
    Key { key: "b", brief: ["back"; 2], help: "b back", long: "back: show an earlier step as it was recorded",
        when: |now| if now.earlier_step { unless_in_a_room(now) } else { Offer::Explains },
        does: |player, pause| player.back(pause) },
    Key { key: "s", brief: ["skip"; 2], help: "s skip", long: "skip: run it, but tell it in one line",
        when: |now| if now.after { Offer::No } else { unless_in_a_room(now) },
        does: |_, _| Ok(Some(Next::Skip)) },
    Key { key: "f", brief: ["next failure"; 2], help: "f: on to the next failure", long: "on to the next failure",
        when: |now| if !now.demo { Offer::No } else if now.failure_ahead { Offer::Prompted } else { Offer::Listed },
        does: |player, pause| player.on_to_failure(pause.at) },
    Key { key: "c", brief: [""; 2], help: "c no more pauses", long: "go on without pausing",
        when: |_| Offer::Listed,
        does: |player, _| player.run_to(player.lesson.len()) },
    Key { key: NUMBER, brief: [""; 2], help: "a number and Enter jumps",
        long: "and Enter: jump to that step; earlier steps are shown as recorded",
        when: |_| Offer::Listed,
        does: |player, pause| player.jump(pause) },
    Key { key: "!", brief: ["shell"; 2], help: "! your shell",
        long: "your shell, with the segment still there; `exit` comes back",
        when: |now| if now.shell { unless_in_a_room(now) } else { Offer::Explains },
        does: |player, _| player.shell() },
    Key { key: HELP, brief: ["keys", ""], help: "? all keys", long: "the keys that work now",
        when: |_| Offer::Prompted,
        does: |player, pause| player.keys(pause) },
    Key { key: "q", brief: ["quit"; 2], help: "q quit", long: "quit and clean up (also Ctrl-D and Ctrl-C)",
        when: |_| Offer::Prompted,
        does: |_, _| Ok(Some(Next::Quit)) },
];

pub const NUMBER: &str = "number";
/// The key that lists the others, but not itself.
pub const HELP: &str = "?";

fn unless_in_a_room(now: &Now) -> Offer {
    if now.demo { Offer::Listed } else { Offer::Prompted }
}

/// The moment at which the most keys count.
const fn before_a_step(demo: bool) -> Now {
    Now { after: false, demo, earlier_step: true, shell: true, failure_ahead: true }
}

/// The keys of a run, a clause each, for `--help`.
pub fn keys_in_help() -> String {
    let listed = KEYS.iter().filter(|row| (row.when)(&before_a_step(false)) >= Offer::Listed);
    listed.map(|row| row.help).collect::<Vec<_>>().join(", ")
}

/// What only a demonstration's keys do, a sentence each, for its `--help`.
pub fn keys_in_help_of_a_demo() -> String {
    let in_a_run = |row: &Key| (row.when)(&before_a_step(false)) > Offer::No;
    let only = KEYS.iter().rev().filter(|row| !row.help.is_empty() && !in_a_run(row));
    only.map(|row| format!("{}.", row.help)).collect::<Vec<_>>().join(" ")
}

/// All keys with what they do; where one counts only at some pauses, at which.
pub fn keys_in_full() -> Vec<(&'static str, String)> {
    let offered = |row: &Key, now: Now| (row.when)(&now) > Offer::No;
    let mut rows: Vec<&Key> = KEYS.iter().collect();
    rows.dedup_by(|row, before| row.key == before.key && row.long == before.long);
    let row = |row: &Key| {
        let at = |after| [false, true].map(|demo| offered(row, Now { after, ..before_a_step(demo) }));
        let place = match (at(false), at(true)) {
            ([false, false], _) => "after a step: ",
            (_, [false, false]) => "before a step: ",
            ([false, true], _) => "in a demonstration: ",
            _ => "",
        };
        (row.key, format!("{place}{}", row.long))
    };
    rows.into_iter().map(row).collect()
}
