//! What stands on a page of the terminal: a step, its two beats together, so that the question is still there when the
//! answer comes. Where nothing is paged (a pipe, plain mode, whole lines, no terminal to speak of) the beats follow each
//! other. It plays nothing.

use super::Player;
use super::key_table::Pause;
use crate::error::Error;
use crate::output::json;
use crate::output::line::Line;
use crate::output::narrate;
use crate::output::page::{self, Part, Rank};
use crate::output::screen::{Screen, write_all};
use crate::sys::process;

#[derive(Debug, Default)]
pub struct Page {
    /// The lesson's title page, for as long as it is on the first step's page.
    opening: Vec<Line>,
    /// The step that the page is about.
    step: Option<usize>,
    /// Whether something of it was left out.
    shortened: bool,
    /// What was played in a line after it: the top of the page to come.
    asides: Vec<Line>,
}

impl Player<'_> {
    /// Whether the terminal is written on page by page.
    pub(super) fn pages(&self) -> bool {
        self.keyboard.reads_keys() && self.output.screen().is_some_and(Screen::turns_pages)
    }

    /// The lesson's title page.
    pub(super) fn opening(&mut self) -> Result<(), Error> {
        let (ground, pid) = (&self.stage.ground, process::own_pid());
        let Some(screen) = self.output.screen() else {
            return write_all(&json::start(self.lesson, ground, pid, &self.stage.warnings));
        };
        let lines = self.title_page(&self.stage.warnings);
        if self.pages() && self.in_short_to == 0 {
            self.page.opening = lines;
            return Ok(());
        }
        screen.show(&lines)
    }

    pub(super) fn title_page(&self, warnings: &[String]) -> Vec<Line> {
        let not_here = self.numbers_not_here();
        narrate::opening(self.lesson, &self.stage.ground, process::own_pid(), warnings, &not_here)
    }

    /// The screen where this step has a page of its own.
    fn page_of(&self, at: usize) -> Option<&Screen> {
        self.output.screen().filter(|_| self.pages() && at >= self.run_to)
    }

    /// What is about to happen.
    pub(super) fn first_beat(&mut self, at: usize) -> Result<(), Error> {
        if self.page_of(at).is_none() {
            let opening = std::mem::take(&mut self.page.opening);
            self.output.show(&opening)?;
            return self.output.show(&page::whole(&self.before(at, "")));
        }
        self.turn_page()?;
        self.page.step = Some(at);
        let asides = std::mem::take(&mut self.page.asides);
        self.page.opening.extend(asides);
        self.draw(at, false)
    }

    /// Steps that were played in a line: on a terminal they wait for the next page, where a student sees them beside
    /// the step that they lead to.
    /// If a claim broke it is said at once, because no page comes; so are those that lead to another step in a line.
    pub(super) fn aside(&mut self, at: usize, lines: Vec<Line>) -> Result<(), Error> {
        let leads_to_page = self.page_of(at).is_some() && at + 1 >= self.in_short_to;
        if leads_to_page && self.told[at].held() {
            self.page.asides.extend(lines);
            return Ok(());
        }
        self.output.show(&lines)
    }

    /// A page for what comes after the last step.
    pub(super) fn last_page(&mut self) -> Result<(), Error> {
        self.turn_page()?;
        let asides = std::mem::take(&mut self.page.asides);
        self.output.show(&asides)
    }

    /// What has happened: below the first beat if there is room, or else both of them anew.
    pub(super) fn second_beat(&mut self, at: usize) -> Result<(), Error> {
        let below = page::whole(&self.after(at));
        let Some(screen) = self.page_of(at) else { return self.output.show(&below) };
        let taken = screen.rows(&below) + screen.height_of_question(&self.prompt_at(at, true));
        if !self.page.shortened && screen.cursor_row().saturating_add(taken) <= screen.window_rows() {
            return screen.show(&below);
        }
        screen.clear_page()?;
        self.draw(at, true)
    }

    /// The page once more, after something else was on it or the window has another size.
    pub(super) fn draw_anew(&mut self, pause: &Pause) -> Result<(), Error> {
        let Some(screen) = self.page_of(pause.at) else { return Ok(()) };
        screen.clear_page()?;
        self.page.step = Some(pause.at);
        self.draw(pause.at, pause.after)
    }

    /// The step at hand once more.
    pub(super) fn show_again(&mut self, pause: &Pause) -> Result<(), Error> {
        match self.page_of(pause.at) {
            Some(_) => self.draw_anew(pause),
            None => self.show_whole(pause.at, ""),
        }
    }

    /// What stands on the page goes up into the scrollback, whole: what was left out of it as well.
    pub(super) fn turn_page(&mut self) -> Result<(), Error> {
        let Some(screen) = self.output.screen() else { return Ok(()) };
        if let (Some(at), true) = (self.page.step, self.page.shortened) {
            screen.clear_page()?;
            screen.show(&self.page.opening)?;
            screen.show(&page::whole(&self.whole(at, "")))?;
        }
        screen.turn_page()?;
        if self.page.step.is_some() {
            self.page = Page { asides: std::mem::take(&mut self.page.asides), ..Page::default() };
        }
        Ok(())
    }

    /// A step that was played, from its heading to its picture.
    pub(super) fn show_whole(&self, at: usize, mark: &str) -> Result<(), Error> {
        self.output.show(&page::whole(&self.whole(at, mark)))
    }

    fn whole(&self, at: usize, mark: &str) -> Vec<Part> {
        [self.before(at, mark), self.after(at)].concat()
    }

    /// Fills the page, as far as it has room.
    fn draw(&mut self, at: usize, after: bool) -> Result<(), Error> {
        let Some(screen) = self.output.screen() else { return Ok(()) };
        let opening = self.page.opening.iter().map(|line| (Rank::Opening, line.clone()));
        let mut parts: Vec<Part> = opening.chain(self.before(at, "")).collect();
        if after {
            parts.extend(self.after(at));
        } else {
            // A question without its options can't be answered.
            let options = parts.iter_mut().filter(|(rank, _)| *rank == Rank::Options);
            options.for_each(|(rank, _)| *rank = Rank::Kept);
        }
        self.page.shortened = !screen.show_fitted(&parts, &self.prompt_at(at, after))?;
        Ok(())
    }

    fn before(&self, at: usize, mark: &str) -> Vec<Part> {
        narrate::before(&self.scene(at, self.output.width()), mark)
    }

    fn after(&self, at: usize) -> Vec<Part> {
        let Some(step) = self.told.get(at) else { return Vec::new() };
        narrate::after(&self.scene(at, self.output.width()), step)
    }
}
