//! Which steps have a screen of their own, and their numbers: what only tidies up, what leads up to a demonstrated call and
//! what this machine can't show have none.

use super::{PauseMode, Player};
use crate::lesson::{Expect, Lesson};
use crate::output::line::Line;
use crate::output::narrate;

impl Player<'_> {
    pub(super) fn is_not_here(&self, at: usize) -> bool {
        self.not_here.iter().any(|(_, steps)| steps.contains(&(at + 1)))
    }

    pub(super) fn is_aside(&self, at: usize) -> bool {
        // Without pauses a lesson leaves nothing out.
        let whole = !self.wanted.demo && matches!(self.keyboard.pause, PauseMode::None);
        !self.is_not_here(at) && !whole && is_aside(self.lesson, at, self.wanted.demo)
    }

    /// The number of a step among those that are shown, from 1, and how many there are.
    pub(super) fn number(&self, at: usize) -> (usize, usize) {
        let shown = numbered(self.lesson, self.wanted.demo);
        (shown.partition_point(|step| *step <= at).max(1), shown.len())
    }

    /// What led up to the demonstrated call, once all of it is played: one line for all of it.
    pub(super) fn set_up(&self, at: usize) -> Vec<Line> {
        if at + 1 < self.lesson.len() && self.is_aside(at + 1) && self.told[at].held() {
            return Vec::new();
        }
        let first = (0..=at).rev().take_while(|at| self.is_aside(*at)).last().unwrap_or(at);
        narrate::set_up(&self.told[first..=at], at + 1 == self.lesson.len())
    }

    /// The steps that this machine can't show, by the numbers that they have here: in a demonstration, what leads up
    /// to the call has none.
    pub(super) fn numbers_not_here(&self) -> Vec<(String, Vec<usize>)> {
        let shown = numbered(self.lesson, self.wanted.demo);
        let number = |step: &usize| shown.iter().position(|at| at + 1 == *step).map(|place| place + 1);
        let numbers = |steps: &[usize]| steps.iter().filter_map(number).collect::<Vec<_>>();
        let told = self.not_here.iter().map(|(why, steps)| (why.clone(), numbers(steps)));
        told.filter(|(_, numbers)| !numbers.is_empty()).collect()
    }
}

/// Whether a step is shown in a line with its neighbours: it only tidies up, or in a demonstration leads up to the call
/// that is shown. One that crashes or asks is always shown.
pub(super) fn is_aside(lesson: &Lesson, at: usize, demo: bool) -> bool {
    let step = lesson.step(at);
    let crashes = matches!(step.action.expect, Expect::Signal(_));
    let leads_up = demo && !step.action.shows(&lesson.name);
    step.words.tidy || (leads_up && !crashes && step.words.ask.is_none())
}

/// The steps that have a number, in its order: all of a lesson, and those that a demonstration shows.
pub fn numbered(lesson: &Lesson, demo: bool) -> Vec<usize> {
    (0..lesson.len()).filter(|at| !demo || !is_aside(lesson, *at, demo)).collect()
}
