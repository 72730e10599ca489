//! A pause: the prompt, and what a key leads to. A key that runs nothing is answered here; the others go back to the
//! player as what to do next. Which keys there are is a table in [`super::key_table`].

use super::hands::{LARGEST_ROOM, hands};
use super::key_table::{ANSWER, Asks, GO, HELP, KEYS, Key, Now, Offer, Pause};
use super::keys::KeyCommand;
use super::numbering::is_aside;
use super::{Next, PauseMode, Player, shell};
use crate::error::Error;
use crate::output::line::labelled;
use crate::output::narrate;
use crate::output::predict::Answered;
use crate::output::screen::write_all;
use crate::quiz::answer::{Given, TypedInput, understand, wanted};
use crate::runner::Ground;
use crate::sys::signals;
use crate::text::Safe;

impl Player<'_> {
    /// Waits for the student, before a step or `after` it.
    pub(super) fn pause(&mut self, at: usize, after: bool) -> Result<Next, Error> {
        if at < self.run_to || at < self.in_short_to {
            return Ok(Next::On);
        }
        match self.keyboard.pause {
            PauseMode::None => return Ok(Next::On),
            PauseMode::Auto(time, _) => {
                match self.keyboard.key(Some(signals::after(time)), true, |_| Ok(()))? {
                    KeyCommand::Nothing => return Ok(Next::On),
                    KeyCommand::End => return Ok(Next::Quit),
                    // A key pauses: from here on it goes by keys.
                    _ => self.keyboard.stop_playing(),
                }
            }
            _ => {}
        }
        self.keyboard.forget_typed();
        self.prompt(at, after)
    }

    fn prompt(&mut self, at: usize, after: bool) -> Result<Next, Error> {
        let mut pause = Pause::new(at, after);
        loop {
            self.output.ask(&self.prompt_text(&pause))?;
            let by_keys = !matches!(self.keyboard.pause, PauseMode::Lines);
            let (asks, paged) = (self.now(&pause).asks, self.pages());
            let one = asks == Asks::OneKey;
            let person = self.output.screen().is_some();
            let echo = |text: Safe| if person { write_all(&text) } else { Ok(()) };
            let command = loop {
                let command = self.keyboard.key(None, one, echo)?;
                // Only a page is drawn anew.
                if command != KeyCommand::Resized || paged {
                    break command;
                }
            };
            if let (KeyCommand::Typed(digit), true) = (&command, one && by_keys) {
                echo(Safe::line(digit))?;
            }
            if by_keys {
                self.output.end_line();
            }
            if let KeyCommand::Typed(text) = &command
                && text.len() > room(asks)
            {
                // It may have taken a row of its own.
                self.output.lose_place();
            }
            let (key, typed) = match command {
                KeyCommand::On | KeyCommand::Letter('n') => ("Enter".to_owned(), String::new()),
                KeyCommand::PlayOn => {
                    self.keyboard.play_on();
                    return Ok(Next::On);
                }
                KeyCommand::End => return Ok(Next::Quit),
                KeyCommand::Resized => {
                    self.draw_anew(&pause)?;
                    continue;
                }
                KeyCommand::Again => {
                    self.output.lose_place();
                    self.draw_anew(&pause)?;
                    continue;
                }
                KeyCommand::Nothing => continue,
                KeyCommand::Letter(letter) => (letter.to_string(), letter.to_string()),
                KeyCommand::Typed(text) => (ANSWER.to_owned(), text),
                KeyCommand::Go(step) => {
                    pause.number = step;
                    (GO.to_owned(), String::new())
                }
                KeyCommand::Unknown(text) => (String::new(), text),
            };
            pause.typed = typed;
            match self.row(&key, &pause) {
                Some(row) => {
                    if let Some(next) = (row.does)(self, &mut pause)? {
                        return Ok(next);
                    }
                }
                None => self.output.say(&no_key(&pause.typed))?,
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
            shell: self.keyboard.reads_keys(),
            failure_ahead: self.next_failure(pause.at + 1).is_some(),
            stopped: self.keyboard.has_stopped(),
            asks: if pause.after { Asks::Nothing } else { self.asks(pause.at) },
        }
    }

    /// What the question before this step takes.
    fn asks(&self, at: usize) -> Asks {
        match narrate::asked(self.lesson, at) {
            None => Asks::Nothing,
            Some(_) if self.wanted.demo => Asks::Hands,
            Some(asked) if asked.labels() == 0 => Asks::Number,
            Some(_) => Asks::OneKey,
        }
    }

    /// Takes what was typed as the answer, if it is one.
    pub(super) fn answer(&mut self, pause: &mut Pause) -> Result<Option<Next>, Error> {
        let Some(asked) = narrate::asked(self.lesson, pause.at) else { return Ok(None) };
        if self.wanted.demo {
            let Some(hands) = hands(&pause.typed, asked.labels()) else {
                let what = match asked.labels() {
                    0 => format!(
                        "Please type a number, a colon and how many said it, each number once, such as 100:12 0:7: a room has at most {LARGEST_ROOM} people"
                    ),
                    options => format!(
                        "Please type an option, a colon and how many said it, each option once, such as 1:12 2:7: options are 1 to {options}, and a room has at most {LARGEST_ROOM} people"
                    ),
                };
                return self.stay(&what);
            };
            self.answered = Answered::Hands(hands);
            return Ok(Some(Next::On));
        }
        let given = match pause.typed.as_str() {
            "" => Given::Skipped,
            text => match understand(&asked, text) {
                TypedInput::Answer(given) => given,
                _ => return self.stay(&format!("`{text}` is not an answer here: {}", wanted(&asked))),
            },
        };
        self.answered = Answered::Given(given);
        Ok(Some(Next::On))
    }

    /// Says why the player is still at this pause.
    fn stay(&self, why: &str) -> Result<Option<Next>, Error> {
        self.output.say(why).map(|()| None)
    }

    pub(super) fn run_to(&mut self, step: usize) -> Result<Option<Next>, Error> {
        self.run_to = step;
        Ok(Some(Next::On))
    }

    pub(super) fn jump(&mut self, pause: &mut Pause) -> Result<Option<Next>, Error> {
        let (steps, at) = (self.lesson.len(), pause.at);
        match pause.number.checked_sub(1).filter(|step| *step < steps) {
            None => {
                self.stay(&format!("There is no step {}: this lesson has steps 1 to {steps}.", pause.number))
            }
            Some(step) if step < self.told.len() => self.recorded(step),
            Some(step) if step == at => self.show_again(pause).map(|()| None),
            Some(step) => self.in_short_to(step),
        }
    }

    fn in_short_to(&mut self, step: usize) -> Result<Option<Next>, Error> {
        self.in_short_to = step;
        Ok(Some(Next::On))
    }

    /// The next step that is expected to fail.
    fn next_failure(&self, from: usize) -> Option<usize> {
        let fails = |at: usize| !is_aside(self.lesson, at, true) && self.lesson.step(at).action.fails();
        (from..self.lesson.len()).find(|at| fails(*at))
    }

    /// Only the keys that work now, in the longest form that fits; in a narrow window the step's name goes first.
    fn prompt_text(&self, pause: &Pause) -> String {
        let (at, now) = (pause.at, self.now(pause));
        let title = self.lesson.step(at).action.call.title();
        let (shown, of) = self.number(at);
        let number = format!("{shown}/{of}");
        let keys: Vec<_> = KEYS.iter().filter(|row| (row.when)(&now) == Offer::Prompted).collect();
        let options = narrate::asked(self.lesson, at).map_or(0, |asked| asked.labels());
        let key = |row: &Key| match (row.key, now.asks) {
            (ANSWER, Asks::OneKey) => format!("1-{options}"),
            (ANSWER, Asks::Hands) if options == 0 => "100:12 0:7".into(),
            (ANSWER, Asks::Hands) => "1:12 2:7".into(),
            (ANSWER, _) => "type".into(),
            (key, _) => key.to_owned(),
        };
        let worded = |form: usize| {
            let words =
                keys.iter().map(|row| format!("{} {}", key(row), row.brief[form]).trim_end().to_owned());
            words.collect::<Vec<_>>().join(" · ")
        };
        let letters: Vec<_> = keys.iter().map(|row| key(row)).collect();
        let forms = [
            format!("[{number} {title}]  {} > ", worded(0)),
            format!("[{number}] {} > ", worded(0)),
            format!("[{number}] {} > ", worded(1)),
        ];
        let fits = |text: &String| text.chars().count() + room(now.asks) <= self.output.width();
        forms.into_iter().find(fits).unwrap_or_else(|| format!("[{number}] {} > ", letters.join(" ")))
    }

    /// The prompt before this step, or after it.
    pub(super) fn prompt_at(&self, at: usize, after: bool) -> String {
        self.prompt_text(&Pause::new(at, after))
    }

    pub(super) fn keys(&self, pause: &Pause) -> Result<Option<Next>, Error> {
        let now = self.now(pause);
        let listed = KEYS.iter().filter(|row| (row.when)(&now) >= Offer::Listed && row.key != HELP);
        self.output.show(&listed.map(|row| labelled(row.key, row.long)).collect::<Vec<_>>()).map(|()| None)
    }

    pub(super) fn explain(&self, at: usize) -> Result<Option<Next>, Error> {
        self.output.show(&narrate::explained(self.lesson, at, &self.stage.names)).map(|()| None)
    }

    /// What the page of the step that is shown leaves out.
    pub(super) fn details(&self, pause: &Pause) -> Result<Option<Next>, Error> {
        let at = pause.shown;
        if let Some(step) = self.told.get(at) {
            self.output.show(&narrate::details(&self.scene(at, self.output.width()), step))?;
        }
        Ok(None)
    }

    pub(super) fn back(&mut self, pause: &mut Pause) -> Result<Option<Next>, Error> {
        pause.shown = pause.shown.saturating_sub(1);
        self.recorded(pause.shown)
    }

    pub(super) fn on_to_failure(&mut self, at: usize) -> Result<Option<Next>, Error> {
        match self.next_failure(at + 1) {
            Some(failure) => self.in_short_to(failure),
            None => self.stay("No later step fails."),
        }
    }

    fn recorded(&mut self, at: usize) -> Result<Option<Next>, Error> {
        if self.told.get(at).is_none() {
            return self.stay("There is no earlier step.");
        }
        if self.pages() {
            self.turn_page()?;
        }
        self.show_whole(at, "Recorded: ").map(|()| None)
    }

    pub(super) fn shell(&mut self) -> Result<Option<Next>, Error> {
        if !self.keyboard.reads_keys() {
            return self.stay("a shell needs a terminal");
        }
        let place = if let Ground::Host(_) = self.stage.ground { "" } else { " in this sandbox" };
        self.output.say(&format!(
            "A shell{place}; everything stays as it is meanwhile. Try ipcs -m; exit comes back."
        ))?;
        self.keyboard.give_terminal_back();
        let done = shell::run(self.wanted.umask);
        self.keyboard.take_terminal();
        self.output.lose_place();
        done.map(|()| None)
    }
}

/// How many columns an answer has behind the prompt: as for a short answer, where one is wanted.
fn room(asks: Asks) -> usize {
    match asks {
        Asks::Nothing => 1,
        Asks::OneKey | Asks::Number => 4,
        Asks::Hands => "1:12 2:7 3:4".len(),
    }
}

/// What is said of a key that is none here.
fn no_key(typed: &str) -> String {
    let go = typed.bytes().all(|byte| byte.is_ascii_digit());
    let help = if go { format!("; g {typed} goes to step {typed}") } else { String::new() };
    format!("`{typed}` is not a key here{help}; ? shows the keys")
}
