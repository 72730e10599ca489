//! A pause: the prompt, and what each key leads to. A key that runs nothing is answered here; the others go back
//! to the player as what to do next.

use super::keys::Wish;
use super::{Go, Pace, Player, Voice, shell};
use crate::error::Trouble;
use crate::lesson::Step;
use crate::output::line::labelled;
use crate::output::narrate;
use crate::output::screen::write_all;
use crate::runner::Ground;
use crate::sys::signals;

impl Player<'_> {
    /// Waits for the student, before a step or `after` it.
    pub(super) fn pause(&mut self, at: usize, after: bool) -> Result<Go, Trouble> {
        if at < self.run_to {
            return Ok(Go::On);
        }
        let limit = match &self.keyboard.pace {
            Pace::None => return Ok(Go::On),
            Pace::Auto(time, _) => Some(*time),
            _ => None,
        };
        if let Some(time) = limit {
            match self.keyboard.wish(Some(signals::after(time)), |_| Ok(()))? {
                Wish::Nothing => return Ok(Go::On),
                Wish::End => return Ok(Go::Quit),
                // A key pauses: from here on it goes by keys.
                _ => self.stop_auto(),
            }
        }
        self.keyboard.forget_typed();
        self.prompt(at, after)
    }

    fn stop_auto(&mut self) {
        if let Pace::Auto(time, modes) = std::mem::replace(&mut self.keyboard.pace, Pace::None) {
            self.keyboard.pace = modes.map_or(Pace::Auto(time, None), Pace::Keys);
        }
    }

    fn prompt(&mut self, at: usize, after: bool) -> Result<Go, Trouble> {
        let mut shown = at;
        loop {
            self.voice.ask(&self.prompt_text(at, after))?;
            let typed = !matches!(self.keyboard.pace, Pace::Lines);
            let voice = &self.voice;
            let wish = self.keyboard.wish(None, |text| match voice {
                Voice::Person(_) => write_all(&text),
                Voice::Tool => Ok(()),
            })?;
            if typed {
                self.voice.say("")?;
            }
            match wish {
                Wish::On => return Ok(Go::On),
                Wish::End | Wish::Letter('q') => return Ok(Go::Quit),
                Wish::Letter('s') if !after => return Ok(Go::Skip),
                Wish::Letter('c') => {
                    self.run_to = self.lesson.steps.len();
                    return Ok(Go::On);
                }
                Wish::Letter('f') if self.wanted.demo => match self.next_failure(at + 1) {
                    Some(failure) => {
                        self.run_to = failure;
                        return Ok(Go::On);
                    }
                    None => self.voice.say("There is no further failure.")?,
                },
                Wish::Letter('e') => self.explain(at)?,
                Wish::Letter('b') => {
                    shown = shown.saturating_sub(1);
                    self.recorded(shown)?;
                }
                Wish::Letter('!') => self.shell()?,
                Wish::Letter('?') => self.keys(after)?,
                Wish::Number(number) if number == 0 || number > self.lesson.steps.len() => {
                    self.voice.say(&format!(
                        "There is no step {number}: this lesson has steps 1 to {}.",
                        self.lesson.steps.len()
                    ))?;
                }
                Wish::Number(number) if number - 1 < self.told.len() => self.recorded(number - 1)?,
                Wish::Number(number) if number - 1 == at => self.preview(at, &self.lesson.steps[at], "")?,
                Wish::Number(number) => {
                    self.run_to = number - 1;
                    return Ok(Go::On);
                }
                Wish::Letter(key) => self.voice.say(&format!("`{key}` is no key here; ? shows the keys"))?,
                Wish::Unknown(text) => {
                    self.voice.say(&format!("`{text}` is no key here; ? shows the keys"))?;
                }
                Wish::Nothing | Wish::Again => {}
            }
        }
    }

    /// The next step that is expected to fail.
    fn next_failure(&self, from: usize) -> Option<usize> {
        let fails = |step: &Step| step.shows(&self.lesson.name) && step.fails();
        (from..self.lesson.steps.len()).find(|at| fails(&self.lesson.steps[*at]))
    }

    /// Only the keys that work now.
    fn prompt_text(&self, at: usize, after: bool) -> String {
        let place =
            format!("[{}/{} {}]", at + 1, self.lesson.steps.len(), self.lesson.steps[at].call.title());
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
        let fits = |text: &String| text.chars().count() <= self.voice.width();
        [whole, brief].into_iter().find(fits).unwrap_or(letters)
    }

    fn offers_shell(&self) -> bool {
        matches!(self.keyboard.pace, Pace::Keys(_) | Pace::Auto(_, Some(_)))
    }

    fn keys(&self, after: bool) -> Result<(), Trouble> {
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
        self.voice.show(&lines)
    }

    fn explain(&self, at: usize) -> Result<(), Trouble> {
        let step = &self.lesson.steps[at];
        let mut lines = Vec::new();
        if let (true, Some((event, verdict))) = (self.wanted.demo, self.told.get(at)) {
            lines = narrate::after(&self.scene(at, self.voice.width()), step, event, verdict);
        }
        if let Some(more) = &step.more {
            lines.push(labelled("MORE", narrate::filled(more, &self.stage.names)));
        }
        if let Some(spec) = step.call.spec() {
            lines.push(labelled("READ", format!("{}: man {}", spec.page, man(spec.page))));
        }
        self.voice.show(&lines)
    }

    fn recorded(&self, at: usize) -> Result<(), Trouble> {
        if self.told.get(at).is_none() {
            return self.voice.say("There is no earlier step.");
        }
        self.preview(at, &self.lesson.steps[at], "Recorded: ")?;
        self.result(at, false)
    }

    fn shell(&mut self) -> Result<(), Trouble> {
        if !self.offers_shell() {
            return self.voice.say("a shell needs a terminal");
        }
        let place = if let Ground::Host(_) = self.stage.ground { "" } else { " in this sandbox" };
        self.voice.say(&format!(
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
