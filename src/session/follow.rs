//! A second terminal beside a demonstration: the notes of the step that the first one is at, for whoever speaks. On a
//! terminal each step has a page, and elsewhere its notes are added below. It reads what the first one wrote down, and
//! plays nothing.

use std::time::Duration;

use super::demonstrations::{self, AtStep, Found, UnderWay};
use super::keys::KeyCommand;
use super::{Keyboard, numbered};
use crate::error::Error;
use crate::facts::outcome::{Bindings, Value};
use crate::lesson::Lesson;
use crate::output::line::{Line, labelled};
use crate::output::notes::{self, Progressed};
use crate::output::page::{self, Part, Rank, kept};
use crate::output::screen::Screen;
use crate::sys::signals;

/// How soon a new step is seen.
const POLL: Duration = Duration::from_millis(100);
const PROMPT: &str = "q quit > ";
const PROMPT_OF_MORE: &str = "a taller window shows more · q quit > ";

/// A second terminal.
pub struct Follower<'a> {
    lesson: &'a Lesson,
    screen: Screen,
    keyboard: Keyboard,
    /// The steps that have a number, in its order.
    shown: Vec<usize>,
    /// What the lesson has for a speaker, until it was shown or the first step is over.
    opening: Vec<Line>,
    /// The demonstration that is followed, as it was seen last.
    followed: Option<UnderWay>,
    /// What is said in place of a step, or beside it: a label and a sentence.
    said: Vec<(&'static str, String)>,
    /// Whether the page has no room for all.
    shortened: bool,
}

impl<'a> Follower<'a> {
    pub fn new(lesson: &'a Lesson, minutes: usize, screen: Screen, keyboard: Keyboard) -> Follower<'a> {
        Follower {
            lesson,
            screen,
            keyboard,
            shown: numbered(lesson, true),
            opening: notes::of_lesson(lesson, minutes),
            followed: None,
            said: Vec::new(),
            shortened: false,
        }
    }

    /// Follows to the end of the demonstration.
    pub fn follow(mut self) -> Result<(), Error> {
        let done = self.followed_to_the_end();
        if self.keyboard.reads_keys() && done.is_err() {
            // Best effort: what interrupted us may have closed the screen too.
            let _ = self.screen.say("");
        }
        self.keyboard.give_terminal_back();
        done
    }

    fn followed_to_the_end(&mut self) -> Result<(), Error> {
        if self.pages() {
            self.screen.turn_page()?;
        } else {
            let opening = std::mem::take(&mut self.opening);
            self.screen.show(&opening)?;
        }
        loop {
            let found = demonstrations::of(&self.lesson.name);
            if let Some(followed) = self.followed.as_ref().filter(|followed| !followed.lives()) {
                return self.over(followed.pid, found.is_ok_and(|found| found.knows(followed)));
            }
            match found {
                Ok(found) => self.take(&found)?,
                Err(why) => {
                    self.say_once("WARNING", why)?;
                    self.take(&Found::default())?;
                }
            }
            match self.keyboard.key(Some(signals::after(POLL)), true, |_| Ok(()))? {
                KeyCommand::Letter('q') | KeyCommand::End => return self.below(),
                KeyCommand::Resized => self.draw()?,
                KeyCommand::Again => {
                    self.screen.lose_place();
                    self.draw()?;
                }
                _ => {}
            }
        }
    }

    fn pages(&self) -> bool {
        self.keyboard.reads_keys() && self.screen.turns_pages()
    }

    /// The step that the demonstration is at.
    fn at(&self) -> Option<&AtStep> {
        self.followed.as_ref()?.at.as_ref()
    }

    /// Goes on with what was found.
    fn take(&mut self, found: &Found) -> Result<(), Error> {
        match (&found.living, &self.followed) {
            (None, None) => self.say_once("WAITING", self.waiting(found.killed())),
            // Its record is not there for a moment, or for good: the process says when it is over.
            (Some(living), Some(followed)) if !living.is(followed) && !found.knows(followed) => Ok(()),
            (Some(living), followed) if Some(living) != followed.as_ref() => self.go_to(living.clone()),
            _ => Ok(()),
        }
    }

    fn say_once(&mut self, label: &'static str, what: String) -> Result<(), Error> {
        if self.said.iter().any(|(_, said)| *said == what) {
            return Ok(());
        }
        let line = labelled(label, &what);
        self.said.push((label, what));
        if self.pages() { self.draw() } else { self.screen.show(&[line]) }
    }

    /// That the call is not being demonstrated, and what to do about it.
    fn waiting(&self, killed: Option<i32>) -> String {
        let call = &self.lesson.name;
        let before = killed.map_or_else(String::new, |pid| {
            format!("The last demonstration of {call} was killed: its process {pid} is gone. ")
        });
        let end = if self.keyboard.reads_keys() { "q or Ctrl-C ends" } else { "Ctrl-C ends" };
        format!(
            "{before}No demonstration of {call} is under way. Begin `lab demo {call}` in another terminal; {end} these notes."
        )
    }

    /// The first terminal is at another step, or further with it.
    fn go_to(&mut self, now: UnderWay) -> Result<(), Error> {
        let step = |at: Option<&AtStep>| at.map(|at| at.step);
        let same = self.followed.as_ref().is_some_and(|before| before.is(&now));
        let (stays, pid) = (same && step(self.at()) == step(now.at.as_ref()), now.pid);
        if !stays && self.pages() {
            self.turn_page()?;
        }
        if !stays && now.at.is_some() {
            self.said.clear();
        }
        self.followed = Some(now);
        if self.pages() {
            return self.draw();
        }
        if !same {
            self.screen.say(&format!("Following the demonstration of process {pid}."))?;
        }
        let Some(at) = self.at() else { return Ok(()) };
        let parts = self.parts(at);
        match self.place(at) {
            Some(_) if stays => {
                self.screen.show(&notes::outcome(&how_far(at)).into_iter().collect::<Vec<_>>())
            }
            _ => self.screen.show(&[vec![Line::Blank], page::whole(&parts)].concat()),
        }
    }

    /// The place of its step among those that are shown; none where the other lab has other steps.
    fn place(&self, at: &AtStep) -> Option<usize> {
        self.shown.iter().position(|step| *step == at.step)
    }

    fn parts(&self, at: &AtStep) -> Vec<Part> {
        match self.place(at) {
            Some(place) => notes::at_step(self.lesson, &self.shown, place, &how_far(at)),
            None => {
                let what = format!(
                    "the other terminal is at a step that this lab does not show (step {} of its lesson): run the same lab in both",
                    at.step.saturating_add(1)
                );
                vec![kept(labelled("NOTES", what))]
            }
        }
    }

    /// Everything that belongs on the page.
    fn all(&self) -> Vec<Part> {
        let at = self.at();
        let rank = if at.is_some() { Rank::Opening } else { Rank::Kept };
        let mut parts: Vec<Part> = Vec::new();
        // Only at the top of the first step.
        if at.is_none_or(|at| self.place(at) == Some(0)) {
            parts.extend(self.opening.iter().map(|line| (rank, line.clone())));
            parts.push((rank, Line::Blank));
        }
        parts.extend(at.map(|at| self.parts(at)).unwrap_or_default());
        if let (Some(one), None) = (&self.followed, at) {
            let what = format!("process {} is about to show its first step", one.pid);
            parts.push(kept(labelled("WAITING", what)));
        } else {
            parts.extend(self.said.iter().map(|(label, said)| kept(labelled(label, said))));
        }
        parts
    }

    fn draw(&mut self) -> Result<(), Error> {
        if !self.pages() {
            return Ok(());
        }
        self.screen.clear_page()?;
        self.shortened = !self.screen.show_fitted(&self.all(), PROMPT_OF_MORE)?;
        self.screen.ask(if self.shortened { PROMPT_OF_MORE } else { PROMPT })
    }

    /// What was on the page goes up into the scrollback, whole.
    fn turn_page(&mut self) -> Result<(), Error> {
        if self.shortened {
            self.screen.clear_page()?;
            self.screen.show(&page::whole(&self.all()))?;
        }
        self.screen.turn_page()
    }

    /// The demonstration has ended.
    fn over(&self, pid: i32, killed: bool) -> Result<(), Error> {
        self.below()?;
        self.screen.say(&match killed {
            true => format!("The demonstration was killed: its process {pid} is gone."),
            false => "The demonstration has ended.".into(),
        })
    }

    /// Behind the prompt, which stays.
    fn below(&self) -> Result<(), Error> {
        if self.pages() { self.screen.say("") } else { Ok(()) }
    }
}

fn how_far(at: &AtStep) -> Progressed<'_> {
    let names: Bindings = at
        .names
        .iter()
        .map(|(name, words)| (name.clone(), Value::Text(words.clone().into_bytes())))
        .collect();
    Progressed { played: at.played, answer: at.answer.as_deref(), names }
}
