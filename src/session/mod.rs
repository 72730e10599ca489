//! Plays a lesson: preview, pause, step, result, pause. It connects stage and screen and obeys the keys; it
//! makes no call and words no fact. What stands on a page of the terminal is in [`pages`].

mod demonstrations;
mod ending;
mod follow;
mod hands;
mod key_table;
mod keys;
mod numbering;
mod onward;
mod output;
mod pages;
mod prompt;
pub mod quiz;
mod report;
mod shell;

pub use demonstrations::Announced;
pub use follow::Follower;
pub use key_table::{keys_in_full, keys_in_help, keys_in_help_of_a_demo};
pub use keys::{Keyboard, PauseMode};
pub use numbering::numbered;
pub use onward::{Following, Onward, offer};
pub use output::{Output, confirm};

use crate::constants;
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::lesson::{Action, Lesson, Step, judge};
use crate::output::json;
use crate::output::line::labelled;
use crate::output::narrate::{self, Scene};
use crate::output::predict::{self, Answered, PlayedStep};
use crate::output::report::ReportFile;
use crate::output::screen::write_all;
use crate::progress::Progress;
use crate::quiz::answer::Given;
use crate::runner::Stage;
use crate::sys::process;
use ending::Ending;
use pages::Page;

/// What the command line asks of a run.
#[derive(Debug)]
pub struct PlayOptions {
    /// The student's message, answered in advance.
    pub message: Option<String>,
    /// The first step that pauses, from 0.
    pub from: usize,
    /// The student's own umask, for the shell.
    pub umask: u32,
    /// Whether the run counts as progress.
    pub counts: bool,
    /// What can follow the lesson.
    pub following: Following,
    /// Whether it is a demonstration: short, and what leads up to the call is not paused at.
    pub demo: bool,
    /// Where all of it is written at the end.
    pub report: Option<ReportFile>,
    /// Where a second terminal finds the demonstration, for as long as it is under way.
    pub announced: Option<Announced>,
}

/// One run of one lesson.
pub struct Player<'a> {
    lesson: &'a Lesson,
    stage: Stage,
    output: Output,
    keyboard: Keyboard,
    wanted: PlayOptions,
    /// What was worth saying at the beginning.
    warnings: Vec<String>,
    told: Vec<PlayedStep>,
    /// What the question of the step at hand was answered.
    answered: Answered,
    /// No pauses before this step, which are shown in full: `c`.
    run_to: usize,
    /// No pauses before this step, and a line for each: a jump, or a run that goes on where another stopped.
    in_short_to: usize,
    page: Page,
    /// The steps that this machine can't show, from 1, by the reason: the opening tells of them, and nothing else.
    not_here: Vec<(String, Vec<usize>)>,
}

/// What a prompt led to.
enum Next {
    On,
    /// Run the step, one line only.
    Skip,
    Quit,
}

impl<'a> Player<'a> {
    pub fn new(
        lesson: &'a Lesson,
        stage: Stage,
        output: Output,
        keyboard: Keyboard,
        wanted: PlayOptions,
    ) -> Self {
        // Without anybody to wait for, all of it is shown.
        let listens = !matches!(keyboard.pause, PauseMode::None);
        let in_short_to = if listens { wanted.from } else { 0 };
        let not_here = stage.cannot_show(&lesson.script);
        Player {
            lesson,
            stage,
            output,
            keyboard,
            wanted,
            warnings: Vec::new(),
            told: Vec::new(),
            answered: Answered::NotAsked,
            run_to: 0,
            in_short_to,
            page: Page::default(),
            not_here,
        }
    }

    fn play(&mut self) -> Result<Ending, Error> {
        self.opening()?;
        self.warnings = std::mem::take(&mut self.stage.warnings);
        let lesson = self.lesson;
        if self.wanted.from > 0 && !matches!(self.keyboard.pause, PauseMode::None) {
            let what = format!("steps 1 to {} are played without a pause", self.wanted.from);
            self.output.show(&[labelled("FROM", what)])?;
        }
        for (at, step) in lesson.steps().enumerate() {
            self.ask_for_input(at, step)?;
            let mut short = self.is_not_here(at) || self.is_aside(at) || at < self.in_short_to;
            if !short {
                self.announce(at);
                self.first_beat(at)?;
                match self.pause(at, false)? {
                    Next::On => short = at < self.in_short_to,
                    Next::Skip => short = true,
                    Next::Quit => return Ok(Ending::Quit),
                }
            }
            #[cfg(debug_assertions)]
            panic_if_asked(at);
            let event = self.stage.play(step.action).map_err(|error| error.in_step(&lesson.file, at + 1))?;
            let verdict = judge(step.action, &event);
            let answered = std::mem::take(&mut self.answered);
            self.told.push(PlayedStep { event, verdict, answered });
            if !short {
                self.announce(at);
            }
            self.result(at, short)?;
            self.held(at)?;
            self.keep_progress(at + 1);
            self.keep_prediction(at);
            // On a page the last step waits as well: what follows begins another.
            if !short
                && (at + 1 < lesson.len() || self.pages())
                && let Next::Quit = self.pause(at, true)?
            {
                return Ok(Ending::Quit);
            }
        }
        Ok(Ending::Done)
    }

    /// Ends the run if a claim broke. Where the machine is to blame rather than the lesson, says so.
    fn held(&self, at: usize) -> Result<(), Error> {
        let step = &self.told[at];
        if step.held() {
            return Ok(());
        }
        let machines_no = machines_no(at + 1, self.lesson.step(at).action, &step.event);
        Err(machines_no.map_or(Error::Failed, Error::Machine))
    }

    /// Writes down how far we are. Where that can't be done, it is said once and not tried again.
    fn keep_progress(&mut self, steps: usize) {
        if !self.wanted.counts {
            return;
        }
        let all = self.lesson.len();
        self.not_kept(Progress::change(&self.lesson.key, |done| {
            done.steps = steps;
            done.done |= steps == all;
            done.offered = false;
        }));
    }

    /// Keeps whether the student's answer to a step's question was right, for the quiz to ask again what was not.
    fn keep_prediction(&mut self, at: usize) {
        let Some(asked) = narrate::asked(self.lesson, at).filter(|_| self.wanted.counts) else { return };
        let step = &self.told[at];
        let Some(right) = predict::right(&asked, step) else { return };
        let knew = (step.answered != Answered::Given(Given::Skipped)).then_some(right);
        self.not_kept(Progress::predicted(&self.lesson.key, at + 1, &asked.question().covers, knew));
    }

    /// Says once that nothing can be kept, and keeps nothing from then on.
    fn not_kept(&mut self, kept: Result<(), String>) {
        if let Err(why) = kept {
            self.wanted.counts = false;
            // A screen that can't be written to is noticed when the next thing is shown.
            let _ = self.output.show(&[labelled("WARNING", why)]);
        }
    }

    fn scene(&self, at: usize, width: usize) -> Scene<'_> {
        Scene {
            lesson: self.lesson,
            at,
            number: self.number(at),
            ground: &self.stage.ground,
            main_process: process::own_pid(),
            names: &self.stage.names,
            members: self.told.last().map_or(&[], |step| &step.event.after.members),
            earlier: &self.told[..at.min(self.told.len())],
            width,
            page: self.pages() && at >= self.run_to,
            demo: self.wanted.demo,
        }
    }

    fn result(&mut self, at: usize, short: bool) -> Result<(), Error> {
        let step = &self.told[at];
        match &self.output {
            Output::Person(_) if self.is_not_here(at) => Ok(()),
            Output::Person(_) if self.is_aside(at) => self.aside(at, self.set_up(at)),
            Output::Person(screen) if short => {
                screen.show(&narrate::in_one_line(&self.scene(at, screen.width()), step))
            }
            Output::Person(_) => self.second_beat(at),
            Output::Tool => write_all(&json::step(self.lesson, at, step, &Answered::NotAsked)),
        }
    }

    /// Asks for the lesson's input when a step first needs it; without a person to answer, the default is taken.
    fn ask_for_input(&mut self, at: usize, step: Step<'_>) -> Result<(), Error> {
        let Some(input) = &self.lesson.input else { return Ok(()) };
        if self.stage.names.contains_key(&input.name) || !step.action.needs(&input.name) {
            return Ok(());
        }
        let listens = matches!(self.keyboard.pause, PauseMode::Keys(_) | PauseMode::Lines)
            && at >= self.run_to.max(self.in_short_to);
        if listens && self.pages() {
            self.turn_page()?;
        }
        let mut answer = self.wanted.message.take().map(String::into_bytes);
        if let (Some(given), true) = (&answer, listens) {
            let given = String::from_utf8_lossy(given).into_owned();
            self.output.say(&format!("{} {given}", input.prompt))?;
        }
        while answer.is_none() && listens {
            // The line's own mode before the question, or a quick answer would be cut in two.
            self.keyboard.give_terminal_back();
            self.keyboard.forget_typed();
            let asked = self.output.ask(&format!("{} [{}] ", input.prompt, input.default));
            let line = asked.and_then(|()| self.keyboard.line());
            self.keyboard.take_terminal();
            self.output.lose_place();
            let line = line?.unwrap_or_default();
            match input.accepts(&line) {
                Ok(()) if line.is_empty() => break,
                Ok(()) => answer = Some(line),
                Err(why) => self.output.say(&format!("{why}; try again, or press Enter for the default"))?,
            }
        }
        let answer = answer.unwrap_or_else(|| input.default.clone().into_bytes());
        self.stage.names.insert(input.name.clone(), Value::Text(answer));
        Ok(())
    }
}

/// Why a claim that broke is this machine's doing rather than the lesson's, if it is. `number` is the step's, from 1.
pub fn machines_no(number: usize, action: &Action, event: &Event) -> Option<String> {
    let (call, Outcome::Failed(errno)) = (action.call.name(), &event.outcome) else { return None };
    let (returned, meaning) = (constants::errno(*errno), constants::meaning(call, *errno));
    constants::machine_says_no(call, *errno).then(|| {
        format!(
            "step {number} can't be played on this machine: {} returned {returned}: {meaning}",
            event.call
        )
    })
}

/// So that tests can see what a panic leaves behind; not in a release build.
#[cfg(debug_assertions)]
fn panic_if_asked(at: usize) {
    let asked = std::env::var("LAB_PANIC_AT_STEP").ok().and_then(|step| step.parse().ok());
    assert_ne!(asked, Some(at + 1), "asked for by LAB_PANIC_AT_STEP");
}
