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
    /// At which pauses it counts, in the manual; nothing if at all.
    pub at: &'static str,
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
    /// A key has stopped a run that played by itself.
    pub stopped: bool,
    pub asks: Asks,
}

/// What a question before a step takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// There is none that could be answered.
    Nothing,
    /// One of its options, by one key.
    OneKey,
    /// A number, typed.
    Number,
    /// A show of hands: an option, a colon and a count, as often as wanted.
    Hands,
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

pub struct Pause {
    pub at: usize,
    pub after: bool,
    /// The earlier step that was shown last.
    pub shown: usize,
    /// The step that was asked for, from 1.
    pub number: usize,
    /// What was typed as an answer; empty for Enter.
    pub typed: String,
}

impl Pause {
    pub fn new(at: usize, after: bool) -> Pause {
        Pause { at, after, shown: at, number: 0, typed: String::new() }
    }
}

// A row each: rustfmt would give every field a line of its own.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    Key { key: ANSWER, brief: ["your answer", "answer"], help: "1 to 9 answers a question",
        long: "your answer: it runs the step and says whether the kernel agrees",
        at: "at a question with options: ", when: |now| if now.asks == Asks::OneKey { Offer::Prompted } else { Offer::No },
        does: |player, pause| player.answer(pause) },
    Key { key: ANSWER, brief: ["a number"; 2], help: "",
        long: "your answer, in any spelling (4096, 0x1000, 4 KiB), and Enter",
        at: "at a question for a number: ", when: |now| if now.asks == Asks::Number { Offer::Prompted } else { Offer::No },
        does: |player, pause| player.answer(pause) },
    Key { key: ANSWER, brief: ["hands", "hands"], help: "1:12 2:7 and Enter notes how many of the room said what",
        long: "and Enter, such as 1:12 2:7: how many of the room said what",
        at: "in a demonstration, at a question: ", when: |now| if now.asks == Asks::Hands { Offer::Prompted } else { Offer::No },
        does: |player, pause| player.answer(pause) },
    Key { key: "Enter", brief: ["don't know"; 2], help: "",
        long: "you don't know: run it and see (also Space and n)",
        at: "at a question: ", when: |now| if matches!(now.asks, Asks::OneKey | Asks::Number) { Offer::Prompted } else { Offer::No },
        does: |player, pause| player.answer(pause) },
    Key { key: "Enter", brief: ["run it", "run"], help: "Enter runs the step", long: "run it (also Space and n)",
        at: "before a step: ", when: |now| if now.after || matches!(now.asks, Asks::OneKey | Asks::Number) { Offer::No } else { Offer::Prompted },
        does: |_, _| Ok(Some(Next::On)) },
    Key { key: "Enter", brief: ["next", "next"], help: "", long: "on to the next step (also Space and n)",
        at: "after a step: ", when: |now| if now.after { Offer::Prompted } else { Offer::No },
        does: |_, _| Ok(Some(Next::On)) },
    Key { key: "Space", brief: ["play on"; 2], help: "Space plays on after --auto was stopped", long: "play on by itself, as --auto did",
        at: "where a key has stopped --auto: ", when: |now| if now.stopped { Offer::Prompted } else { Offer::No },
        does: |_, _| Ok(Some(Next::On)) },
    Key { key: "d", brief: ["details"; 2], help: "d details",
        long: "details: the exact call, the evidence and where each value was read",
        at: "after a step: ", when: |now| if !now.after { Offer::No } else if now.stopped { Offer::Listed } else { Offer::Prompted },
        does: |player, pause| player.details(pause) },
    Key { key: "e", brief: ["explain"; 2], help: "e explain", long: "explain: the longer explanation, the call in C, and what to read",
        at: "", when: where_it_fits,
        does: |player, pause| player.explain(pause.at) },
    Key { key: "b", brief: ["back"; 2], help: "b back", long: "back: show an earlier step as it was recorded",
        at: "", when: |now| match now.asks {
            _ if !now.earlier_step => Offer::Explains,
            Asks::Nothing => where_it_fits(now),
            _ => Offer::Listed,
        },
        does: |player, pause| player.back(pause) },
    Key { key: "s", brief: ["skip"; 2], help: "s skip", long: "skip: run it, but tell it in one line",
        at: "before a step: ", when: |now| if now.after { Offer::No } else { Offer::Listed },
        does: |_, _| Ok(Some(Next::Skip)) },
    Key { key: "f", brief: ["next failure"; 2], help: "f: on to the next failure", long: "on to the next failure",
        at: "in a demonstration: ", when: |now| if !now.demo { Offer::No } else if now.failure_ahead { Offer::Prompted } else { Offer::Listed },
        does: |player, pause| player.on_to_failure(pause.at) },
    Key { key: "c", brief: [""; 2], help: "c no more pauses", long: "go on without pausing",
        at: "", when: |_| Offer::Listed,
        does: |player, _| player.run_to(player.lesson.len()) },
    Key { key: GO, brief: [""; 2], help: "g 7 goes to step 7",
        long: "and a number and Enter: go to that step; earlier steps are shown as recorded",
        at: "", when: |_| Offer::Listed,
        does: |player, pause| player.jump(pause) },
    Key { key: "!", brief: ["shell"; 2], help: "! your shell",
        long: "your shell, with the segment still there; `exit` comes back",
        at: "", when: |now| if now.shell && now.after { where_it_fits(now) } else if now.shell { Offer::Listed } else { Offer::Explains },
        does: |player, _| player.shell() },
    Key { key: HELP, brief: ["keys", ""], help: "? all keys", long: "the keys that work now",
        at: "", when: |_| Offer::Prompted,
        does: |player, pause| player.keys(pause) },
    Key { key: "q", brief: ["quit"; 2], help: "q quit", long: "quit and clean up (also Ctrl-D and Ctrl-C)",
        at: "", when: |_| Offer::Prompted,
        does: |_, _| Ok(Some(Next::Quit)) },
];

/// What answers a question; a prompt shows which digits count.
pub const ANSWER: &str = "1-9";
pub const GO: &str = "g";
/// The key that lists the others, but not itself.
pub const HELP: &str = "?";

/// A room reads few words, and `Space` takes the place of this key's.
fn where_it_fits(now: &Now) -> Offer {
    if now.demo || now.stopped { Offer::Listed } else { Offer::Prompted }
}

/// The moment at which the most keys count.
const fn before_a_step(demo: bool) -> Now {
    Now {
        after: false,
        demo,
        earlier_step: true,
        shell: true,
        failure_ahead: true,
        stopped: true,
        asks: Asks::Nothing,
    }
}

/// The moments of a run, or of a demonstration, at which different keys count.
fn moments(demo: bool) -> Vec<Now> {
    let asks = if demo {
        [Asks::Nothing, Asks::Hands, Asks::Hands]
    } else {
        [Asks::Nothing, Asks::OneKey, Asks::Number]
    };
    let before = asks.map(|asks| Now { asks, ..before_a_step(demo) });
    before.into_iter().chain([Now { after: true, ..before_a_step(demo) }]).collect()
}

fn counts(row: &Key, demo: bool) -> bool {
    moments(demo).iter().any(|now| (row.when)(now) >= Offer::Listed)
}

/// The keys of a run, a clause each, for `--help`.
pub fn keys_in_help() -> String {
    let listed = KEYS.iter().filter(|row| counts(row, false) && !row.help.is_empty());
    listed.map(|row| row.help).collect::<Vec<_>>().join(", ")
}

/// What only a demonstration's keys do, a sentence each, for its `--help`.
pub fn keys_in_help_of_a_demo() -> String {
    let only = KEYS.iter().rev().filter(|row| !row.help.is_empty() && !counts(row, false));
    only.map(|row| format!("{}.", row.help)).collect::<Vec<_>>().join(" ")
}

/// All keys with what they do; where one counts only at some pauses, at which.
pub fn keys_in_full() -> Vec<(&'static str, String)> {
    KEYS.iter().map(|row| (row.key, format!("{}{}", row.at, row.long))).collect()
}
