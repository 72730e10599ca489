//! A pause: the prompt, and what each key leads to. A key that runs nothing is answered here; the others go back
//! to the player as what to do next.

use super::keys::KeyCommand;
use super::{Next, Output, PauseMode, Player, shell};
use crate::error::Error;
use crate::lesson::Step;
use crate::output::line::labelled;
use crate::output::narrate;
use crate::output::screen::write_all;
use crate::runner::Ground;
use crate::sys::signals;

impl Player<'_> {
    /// Waits for the student, before a step or `after` it.
    pub(super) fn pause(&mut self, at: usize, after: bool) -> Result<Next, Error> {
        if at < self.run_to {
            return Ok(Next::On);
        }
        let limit = match &self.keyboard.pause {
            PauseMode::None => return Ok(Next::On),
            PauseMode::Auto(time, _) => Some(*time),
            _ => None,
        };
        if let Some(time) = limit {
            match self.keyboard.key(Some(signals::after(time)), |_| Ok(()))? {
                KeyCommand::Nothing => return Ok(Next::On),
                KeyCommand::End => return Ok(Next::Quit),
                // A key pauses: from here on it goes by keys.
                _ => self.stop_auto(),
            }
        }
        self.keyboard.forget_typed();
        self.prompt(at, after)
    }

    fn stop_auto(&mut self) {
        if let PauseMode::Auto(time, modes) = std::mem::replace(&mut self.keyboard.pause, PauseMode::None) {
            self.keyboard.pause = modes.map_or(PauseMode::Auto(time, None), PauseMode::Keys);
        }
    }

    fn prompt(&mut self, at: usize, after: bool) -> Result<Next, Error> {
        let mut shown = at;
        loop {
            self.output.ask(&self.prompt_text(at, after))?;
            let typed = !matches!(self.keyboard.pause, PauseMode::Lines);
            let output = &self.output;
            let key = self.keyboard.key(None, |text| match output {
                Output::Person(_) => write_all(&text),
                Output::Tool => Ok(()),
            })?;
            if typed {
                self.output.say("")?;
            }
            match key {
                KeyCommand::On => return Ok(Next::On),
                KeyCommand::End | KeyCommand::Letter('q') => return Ok(Next::Quit),
                KeyCommand::Letter('s') if !after => return Ok(Next::Skip),
                KeyCommand::Letter('c') => {
                    self.run_to = self.lesson.len();
                    return Ok(Next::On);
                }
                KeyCommand::Letter('f') if self.wanted.demo => match self.next_failure(at + 1) {
                    Some(failure) => {
                        self.run_to = failure;
                        return Ok(Next::On);
                    }
                    None => self.output.say("There is no further failure.")?,
                },
                KeyCommand::Letter('e') => self.explain(at)?,
                KeyCommand::Letter('b') => {
                    shown = shown.saturating_sub(1);
                    self.recorded(shown)?;
                }
                KeyCommand::Letter('!') => self.shell()?,
                KeyCommand::Letter('?') => self.keys(after)?,
                KeyCommand::Number(number) if number == 0 || number > self.lesson.len() => {
                    self.output.say(&format!(
                        "There is no step {number}: this lesson has steps 1 to {}.",
                        self.lesson.len()
                    ))?;
                }
                KeyCommand::Number(number) if number - 1 < self.told.len() => self.recorded(number - 1)?,
                KeyCommand::Number(number) if number - 1 == at => {
                    self.preview(at, self.lesson.step(at), "")?
                }
                KeyCommand::Number(number) => {
                    self.run_to = number - 1;
                    return Ok(Next::On);
                }
                KeyCommand::Letter(key) => {
                    self.output.say(&format!("`{key}` is no key here; ? shows the keys"))?
                }
                KeyCommand::Unknown(text) => {
                    self.output.say(&format!("`{text}` is no key here; ? shows the keys"))?;
                }
                KeyCommand::Nothing | KeyCommand::Again => {}
            }
        }
    }

    /// The next step that is expected to fail.
    fn next_failure(&self, from: usize) -> Option<usize> {
        let fails = |step: Step<'_>| step.action.shows(&self.lesson.name) && step.action.fails();
        (from..self.lesson.len()).find(|at| fails(self.lesson.step(*at)))
    }

    /// Only the keys that work now.
    fn prompt_text(&self, at: usize, after: bool) -> String {
        let place =
            format!("[{}/{} {}]", at + 1, self.lesson.len(), self.lesson.step(at).action.call.title());
        let back = self.told.len() > usize::from(after);
        let demo = self.wanted.demo;
        let mut keys = vec![if after { "Enter next step" } else { "Enter run it" }, "e explain"];
        // A room reads few words: in a demonstration the others are behind ?.
        keys.extend((demo && self.next_failure(at + 1).is_some()).then_some("f next failure"));
        keys.extend((back && !demo).then_some("b back"));
        keys.extend((!after && !demo).then_some("s skip"));
        keys.extend((self.offers_shell() && !demo).then_some("! shell"));
        keys.extend(["? keys", "q quit"]);
        let brief: Vec<_> = keys
            .iter()
            .map(|key| match *key {
                "Enter run it" => "Enter run",
                "Enter next step" => "Enter next",
                "? keys" => "?",
                key => key,
            })
            .collect();
        let letters: Vec<_> = keys.iter().filter_map(|key| key.split(' ').next()).collect();
        let whole = format!("{place}  {} > ", keys.join(" · "));
        let brief = format!("{place} {} > ", brief.join(" · "));
        let letters = format!("{place} {} > ", letters.join(" "));
        let fits = |text: &String| text.chars().count() <= self.output.width();
        [whole, brief].into_iter().find(fits).unwrap_or(letters)
    }

    fn offers_shell(&self) -> bool {
        matches!(self.keyboard.pause, PauseMode::Keys(_) | PauseMode::Auto(_, Some(_)))
    }

    fn keys(&self, after: bool) -> Result<(), Error> {
        let mut lines = vec![
            (
                "Enter",
                if after { "on to the next step (also Space and n)" } else { "run it (also Space and n)" },
            ),
            ("e", "explain: the longer explanation, and what to read"),
        ];
        if self.told.len() > usize::from(after) {
            lines.push(("b", "back: show an earlier step as it was recorded"));
        }
        if !after {
            lines.push(("s", "skip: run it, but tell it in one line"));
        }
        if self.wanted.demo {
            lines.push(("f", "on to the next failure"));
        }
        lines.push(("c", "go on without pausing"));
        lines.push(("number", "and Enter: jump to that step; earlier steps are shown as recorded"));
        if self.offers_shell() {
            lines.push(("!", "your shell, with the segment still there; `exit` comes back"));
        }
        lines.push(("q", "quit and clean up (also Ctrl-D and Ctrl-C)"));
        let lines: Vec<_> = lines.into_iter().map(|(key, what)| labelled(key, what)).collect();
        self.output.show(&lines)
    }

    fn explain(&self, at: usize) -> Result<(), Error> {
        let step = self.lesson.step(at);
        let mut lines = Vec::new();
        if let (true, Some((event, verdict))) = (self.wanted.demo, self.told.get(at)) {
            lines = narrate::after(&self.scene(at, self.output.width()), step, event, verdict);
        }
        if let Some(more) = &step.words.more {
            lines.push(labelled("MORE", narrate::filled(more, &self.stage.names)));
        }
        if let Some(spec) = step.action.call.spec() {
            lines.push(labelled("READ", format!("{}: man {}", spec.page, man(spec.page))));
        }
        self.output.show(&lines)
    }

    fn recorded(&self, at: usize) -> Result<(), Error> {
        if self.told.get(at).is_none() {
            return self.output.say("There is no earlier step.");
        }
        self.preview(at, self.lesson.step(at), "Recorded: ")?;
        self.result(at, false)
    }

    fn shell(&mut self) -> Result<(), Error> {
        if !self.offers_shell() {
            return self.output.say("a shell needs a terminal");
        }
        let place = if let Ground::Host(_) = self.stage.ground { "" } else { " in this sandbox" };
        self.output.say(&format!(
            "A shell{place}; everything stays as it is meanwhile. Try ipcs -m; exit comes back."
        ))?;
        self.keyboard.give_terminal_back();
        let done = shell::run(self.wanted.umask);
        self.keyboard.take_terminal();
        done
    }
}

/// `2 shmget` for `shmget(2)`.
fn man(page: &str) -> String {
    match page.trim_end_matches(')').split_once('(') {
        Some((name, section)) => format!("{section} {name}"),
        None => page.to_owned(),
    }
}
