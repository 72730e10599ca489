//! The end of a lesson: what comes next, one key away. It offers; whoever called plays it.

use super::keys::KeyCommand;
use super::{Keyboard, Output, PauseMode};
use crate::error::Error;
use crate::output::line::{Line, labelled};

/// What the student goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Onward {
    Quit,
    /// The lesson that follows.
    Lesson,
    /// Questions on the lesson that was played.
    Questions,
    /// The first task that goes with it.
    Task,
}

/// What can follow a lesson.
#[derive(Debug, Clone, Default)]
pub struct Following {
    /// The next lesson's name and title.
    pub lesson: Option<(String, String)>,
    /// Whether the quiz asks about the lesson that was played.
    pub questions: bool,
    /// The tasks that go with it, by name.
    pub tasks: Vec<String>,
}

impl Following {
    /// The programs that the student can write now.
    pub(super) fn tasks(&self) -> Option<Line> {
        let commands: Vec<String> = self.tasks.iter().map(|name| format!("lab task start {name}")).collect();
        (!commands.is_empty())
            .then(|| labelled("TASK", format!("Write it yourself: {}", commands.join(", or "))))
    }

    /// The next lesson, and the command that plays it.
    pub(super) fn next(&self) -> Option<Line> {
        let (name, title) = self.lesson.as_ref()?;
        Some(labelled("NEXT", format!("{title}: lab step-through {name}")))
    }
}

/// A key at the end of a lesson.
struct Key {
    key: &'static str,
    brief: &'static str,
    leads: Onward,
    counts: fn(&Following) -> bool,
}

// A row each: rustfmt would give every field a line of its own.
#[rustfmt::skip]
const KEYS: [Key; 5] = [
    Key { key: "Enter", brief: "next lesson", leads: Onward::Lesson, counts: |what| what.lesson.is_some() },
    Key { key: "k", brief: "three questions on this one", leads: Onward::Questions, counts: |what| what.questions },
    Key { key: "t", brief: "its task", leads: Onward::Task, counts: |what| !what.tasks.is_empty() },
    Key { key: "Enter", brief: "quit", leads: Onward::Quit, counts: |what| what.lesson.is_none() },
    Key { key: "q", brief: "quit", leads: Onward::Quit, counts: |_| true },
];

/// Offers what follows and waits for a key. Without anybody to wait for, nothing follows.
pub fn offer(output: &Output, keyboard: &mut Keyboard, following: &Following) -> Result<Onward, Error> {
    let waits = matches!(keyboard.pause, PauseMode::Keys(_) | PauseMode::Lines);
    if !waits || (following.lesson.is_none() && !following.questions && following.tasks.is_empty()) {
        return Ok(Onward::Quit);
    }
    let keys: Vec<&Key> = KEYS.iter().filter(|key| (key.counts)(following)).collect();
    // One way to quit is enough to read.
    let named = keys.iter().filter(|key| key.key != "q" || following.lesson.is_some());
    let words: Vec<_> = named.map(|key| format!("{} {}", key.key, key.brief)).collect();
    let prompt = format!("{} > ", words.join(" · "));
    keyboard.take_terminal();
    keyboard.forget_typed();
    let leads = loop {
        output.ask(&prompt)?;
        let command = keyboard.key(None, true, |_| Ok(()))?;
        if !matches!(keyboard.pause, PauseMode::Lines) {
            output.say("")?;
        }
        let typed = match command {
            KeyCommand::End => break Onward::Quit,
            KeyCommand::On | KeyCommand::Letter('n') => "Enter".to_owned(),
            KeyCommand::Letter(letter) => letter.to_string(),
            _ => continue,
        };
        match keys.iter().find(|key| key.key == typed) {
            Some(key) => break key.leads,
            None => output.say(&format!("`{typed}` is not a key here"))?,
        }
    };
    keyboard.give_terminal_back();
    Ok(leads)
}
