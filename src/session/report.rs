//! The report of a lesson, to be handed in: built when the run is over, however that came, and written once everything is
//! torn down, so that it can say what was left. It words no fact.

use super::ending::Ending;
use super::numbering::is_aside;
use super::{Player, narrate};
use crate::constants;
use crate::error::Error;
use crate::facts::outcome::Bindings;
use crate::output::json;
use crate::output::lesson_report::{aside, opening, predictions, step};
use crate::output::line::{Line, counted};
use crate::output::narrate::Scene;
use crate::output::report::{About, Block, Ending as How, Report, ReportFile, Section, blocks};
use crate::output::screen;
use crate::sys::process;
use crate::text::Safe;

/// A report that lacks only its end.
pub(super) struct HandedIn {
    file: ReportFile,
    report: Report,
    /// What was answered, for the end.
    predictions: Option<Block>,
    /// The student's own: the file is theirs.
    umask: u32,
}

impl HandedIn {
    /// Writes it, with what the run came to and its last event; the line that says where it is.
    pub fn write(mut self, lines: Vec<Line>, last: Safe) -> Result<Line, Error> {
        self.report.events.push(last);
        let result: Vec<_> = blocks(lines).into_iter().chain(self.predictions.take()).collect();
        if !result.is_empty() {
            self.report.sections.push(Section::new("Result", result));
        }
        let umask = process::set_umask(self.umask);
        let written = self.file.write(&self.report);
        process::set_umask(umask);
        written
    }
}

impl Player<'_> {
    /// What was played so far, if a report is wanted.
    pub(super) fn handed_in(&mut self, played: &Result<Ending, Error>) -> Option<HandedIn> {
        let file = self.wanted.report.take()?;
        let (how, words) = self.how_it_ended(played);
        let what = if self.wanted.demo { "lab demo" } else { "lab step-through" };
        let steps = Section { sections: self.steps(), ..Section::new("Steps", Vec::new()) };
        let report = Report {
            title: format!("{what}: {}", self.lesson.title),
            about: About::run(how, words),
            facts: opening(self.title_page(&self.warnings)),
            sections: vec![steps],
            events: self.events(),
        };
        let predictions = predictions(self.lesson, &self.told);
        Some(HandedIn { file, report, predictions, umask: self.wanted.umask })
    }

    /// How far it came, and why no further.
    fn how_it_ended(&self, played: &Result<Ending, Error>) -> (How, String) {
        let (done, all) = (self.told.len(), self.lesson.len());
        let steps = format!("{done} of {}", counted(all, "step"));
        let place = format!("after {steps}");
        match played {
            Ok(Ending::Done) => (How::Complete, format!("complete: {steps}")),
            Ok(Ending::Quit) => (How::Stopped, format!("stopped {place}")),
            Err(Error::Interrupted(signal)) => {
                (How::Interrupted, format!("interrupted by {} {place}", constants::signal(*signal)))
            }
            Err(Error::Failed) => {
                (How::Failed, format!("ended {place}, because a claim of the lesson did not hold"))
            }
            Err(Error::Output(_)) => {
                (How::Failed, format!("ended {place}, because lab could not write to standard output"))
            }
            Err(error) => (How::Failed, format!("ended {place}: {error}")),
        }
    }

    fn events(&self) -> Vec<Safe> {
        let lesson = self.lesson;
        let start = json::start(lesson, &self.stage.ground, process::own_pid(), &self.warnings);
        let steps = self.told.iter().enumerate();
        let steps = steps.map(|(at, step)| json::step(lesson, at, step, &step.answered));
        std::iter::once(start).chain(steps).collect()
    }

    /// Each step that was played. In a demonstration, what leads up to one stands above it in a line, as on the screen, and
    /// what tidies up has a heading of its own; what this machine can't show is in the opening.
    fn steps(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        let mut aside_from = 0;
        for at in 0..self.told.len() {
            if self.wanted.demo && is_aside(self.lesson, at, true) {
                continue;
            }
            let set_up = self.in_a_line(aside_from, at);
            aside_from = at + 1;
            sections.extend((!self.is_not_here(at)).then(|| self.step_section(at, set_up)));
        }
        let rest = self.in_a_line(aside_from, self.told.len());
        let heading = if self.told.len() == self.lesson.len() { "Tidy up" } else { "Set up" };
        sections.extend((!rest.is_empty()).then(|| aside(heading, rest)));
        sections
    }

    /// The steps from the one to before the other, all in one line; none if there are none.
    fn in_a_line(&self, from: usize, to: usize) -> Vec<Line> {
        match self.told.get(from..to) {
            Some(steps @ [_, ..]) => narrate::set_up(steps, to == self.lesson.len()),
            _ => Vec::new(),
        }
    }

    fn step_section(&self, at: usize, set_up: Vec<Line>) -> Section {
        let played = &self.told[at];
        let names = self.names_before(at);
        // Everything, whatever the screen had room for.
        let members = &played.event.after.members;
        let width = screen::MAX_WIDTH;
        let scene = Scene { page: false, demo: false, names: &names, members, ..self.scene(at, width) };
        step(&scene, set_up, played)
    }

    /// What each name stood for when the step was announced: what the step before left, and what was typed since.
    fn names_before(&self, at: usize) -> Bindings {
        let before = at.checked_sub(1).and_then(|before| self.told.get(before));
        let mut names = before.map_or_else(Bindings::default, |step| step.event.names.clone());
        if let Some(input) = &self.lesson.input
            && let Some(typed) = self.told[at].event.names.get(&input.name)
        {
            names.insert(input.name.clone(), typed.clone());
        }
        names
    }
}
