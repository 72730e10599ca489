//! A pause: the prompt, and what a key leads to. A key that runs nothing is answered here; the others go back to the
//! player as what to do next. Which keys there are is a table in [`super::key_table`].

use super::key_table::{HELP, KEYS, Key, NUMBER, Now, Offer, Pause};
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
        let mut pause = Pause { at, after, shown: at, number: 0 };
        loop {
            self.output.ask(&self.prompt_text(&pause))?;
            let typed = !matches!(self.keyboard.pause, PauseMode::Lines);
            let output = &self.output;
            let command = self.keyboard.key(None, |text| match output {
                Output::Person(_) => write_all(&text),
                Output::Tool => Ok(()),
            })?;
            if typed {
                self.output.say("")?;
            }
            let (row, typed) = match command {
                KeyCommand::On => return Ok(Next::On),
                KeyCommand::End => return Ok(Next::Quit),
                KeyCommand::Nothing | KeyCommand::Again => continue,
                KeyCommand::Letter(letter) => (self.row(&letter.to_string(), &pause), letter.to_string()),
                KeyCommand::Number(number) => {
                    pause.number = number;
                    (self.row(NUMBER, &pause), number.to_string())
                }
                KeyCommand::Unknown(text) => (None, text),
            };
            match row {
                Some(row) => {
                    if let Some(next) = (row.does)(self, &mut pause)? {
                        return Ok(next);
                    }
                }
                None => self.output.say(&format!("`{typed}` is no key here; ? shows the keys"))?,
            }
        }
    }

    fn row(&self, key: &str, pause: &Pause) -> Option<&'static Key> {
        let now = self.now(pause);
        KEYS.iter().find(|row| row.key == key && (row.when)(&now) > Offer::No)
    }

    fn now(&self, pause: &Pause) -> Now {
        Now {
            after: pause.after,
            demo: self.wanted.demo,
            earlier_step: self.told.len() > usize::from(pause.after),
            shell: self.offers_shell(),
            failure_ahead: self.next_failure(pause.at + 1).is_some(),
        }
    }

    pub(super) fn run_to(&mut self, step: usize) -> Result<Option<Next>, Error> {
        self.run_to = step;
        Ok(Some(Next::On))
    }

    pub(super) fn jump(&mut self, pause: &mut Pause) -> Result<Option<Next>, Error> {
        let (steps, at) = (self.lesson.len(), pause.at);
        match pause.number.checked_sub(1).filter(|step| *step < steps) {
            None => self
                .output
                .say(&format!("There is no step {}: this lesson has steps 1 to {steps}.", pause.number))?,
            Some(step) if step < self.told.len() => self.recorded(step)?,
            Some(step) if step == at => self.preview(at, self.lesson.step(at), "")?,
            Some(step) => return self.run_to(step),
        }
        Ok(None)
    }

    /// The next step that is expected to fail.
    pub(super) fn next_failure(&self, from: usize) -> Option<usize> {
        let fails = |step: Step<'_>| step.action.shows(&self.lesson.name) && step.action.fails();
        (from..self.lesson.len()).find(|at| fails(self.lesson.step(*at)))
    }

    /// Only the keys that work now, in the longest form that fits.
    fn prompt_text(&self, pause: &Pause) -> String {
        let (at, now) = (pause.at, self.now(pause));
        let place =
            format!("[{}/{} {}]", at + 1, self.lesson.len(), self.lesson.step(at).action.call.title());
        let keys: Vec<_> = KEYS.iter().filter(|row| (row.when)(&now) == Offer::Prompted).collect();
        let worded = |form: usize| {
            let words =
                keys.iter().map(|row| format!("{} {}", row.key, row.brief[form]).trim_end().to_owned());
            words.collect::<Vec<_>>().join(" · ")
        };
        let letters: Vec<_> = keys.iter().map(|row| row.key).collect();
        let whole = format!("{place}  {} > ", worded(0));
        let brief = format!("{place} {} > ", worded(1));
        let letters = format!("{place} {} > ", letters.join(" "));
        let fits = |text: &String| text.chars().count() <= self.output.width();
        [whole, brief].into_iter().find(fits).unwrap_or(letters)
    }

    fn offers_shell(&self) -> bool {
        matches!(self.keyboard.pause, PauseMode::Keys(_) | PauseMode::Auto(_, Some(_)))
    }

    pub(super) fn keys(&self, pause: &Pause) -> Result<(), Error> {
        let now = self.now(pause);
        let listed = KEYS.iter().filter(|row| (row.when)(&now) >= Offer::Listed && row.key != HELP);
        self.output.show(&listed.map(|row| labelled(row.key, row.long)).collect::<Vec<_>>())
    }

    /// What a demonstration left out of the step before.
    pub(super) fn all_evidence(&self, at: usize) -> Result<(), Error> {
        let Some((event, verdict)) = self.told.get(at) else { return Ok(()) };
        let scene = self.scene(at, self.output.width());
        self.output.show(&narrate::after(&scene, self.lesson.step(at), event, verdict))
    }

    pub(super) fn explain(&self, at: usize) -> Result<(), Error> {
        let step = self.lesson.step(at);
        let mut lines = Vec::new();
        if let Some(more) = &step.words.more {
            lines.push(labelled("MORE", narrate::filled(more, &self.stage.names)));
        }
        if let Some(spec) = step.action.call.spec() {
            lines.push(labelled("READ", format!("{}: man {}", spec.page, man(spec.page))));
        }
        self.output.show(&lines)
    }

    pub(super) fn recorded(&self, at: usize) -> Result<(), Error> {
        if self.told.get(at).is_none() {
            return self.output.say("There is no earlier step.");
        }
        self.preview(at, self.lesson.step(at), "Recorded: ")?;
        self.result(at, false)
    }

    pub(super) fn shell(&mut self) -> Result<(), Error> {
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
