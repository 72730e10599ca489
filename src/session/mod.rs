//! Plays a lesson: preview, pause, step, result, pause. It connects stage and screen and obeys the keys; it
//! makes no call and words no fact. What stands on a page of the terminal is in [`pages`].

mod demonstrations;
mod follow;
mod hands;
mod key_table;
mod keys;
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
pub use onward::{Following, Onward, offer};
pub use output::{Output, confirm};

use crate::constants;
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::lesson::{Action, Expect, Lesson, Step, Verdict, judge};
use crate::output::fill;
use crate::output::json;
use crate::output::line::{Line, labelled};
use crate::output::narrate::{self, Scene};
use crate::output::predict::{self, Answered};
use crate::output::report::ReportFile;
use crate::output::screen::write_all;
use crate::progress::Progress;
use crate::quiz::answer::Given;
use crate::runner::Stage;
use crate::sys::process;
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

/// How a run ended, short of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Done,
    Quit,
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
    told: Vec<(Event, Verdict)>,
    /// What became of the question of each step that was played.
    answers: Vec<Answered>,
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
            answers: Vec::new(),
            answered: Answered::NotAsked,
            run_to: 0,
            in_short_to,
            page: Page::default(),
            not_here,
        }
    }

    /// Plays to the end, or to wherever the student or a broken claim ends it; then tears the stage down.
    ///
    /// # Errors
    /// [`Error::Failed`] for a broken claim, and whatever ended the run early.
    pub fn perform(mut self) -> Result<Onward, Error> {
        let mut played = self.play();
        self.keyboard.give_terminal_back();
        if let Err(Error::Interrupted(_)) = played {
            // Best effort: what interrupted us may have closed the screen too.
            let _ = self.farewell("Interrupted");
        }
        if let Ok(Ending::Quit) = played {
            played = self.farewell("Quitting").map(|()| Ending::Quit);
        }
        if let Ok(Ending::Done) = played
            && self.pages()
            && let Err(error) = self.last_page()
        {
            played = Err(error);
        }
        let report = self.handed_in(&played);
        let tally = self.tally();
        let Player { stage, output, told, lesson, mut keyboard, wanted, run_to, .. } = self;
        let steps = told.len();
        let skipped = told.iter().filter(|(_, verdict)| verdict.skipped.is_some()).count();
        let (mut segments, _) = stage.holds();
        let (semaphores, queues) = (stage.semaphores(), stage.queues());
        let whole = matches!(played, Ok(Ending::Done));
        let stays = if whole { stage.staying() } else { Vec::new() };
        segments.retain(|id| !stays.contains(id));
        let said = lesson.stays.as_ref().map(|stays| fill::filled(stays, &stage.names));
        let torn_down = if whole { stage.leave() } else { stage.tear_down() };
        let ok = whole && torn_down.is_ok();
        let left = torn_down.as_ref().err().map(ToString::to_string);
        let last = json::end(steps, ok, (&segments, &stays), (&semaphores, &queues), left.as_deref());
        let mut lines: Vec<Line> = tally.words().into_iter().collect();
        if ok {
            lines.insert(0, labelled("LEARNED", lesson.learned.as_ref().unwrap_or(&lesson.goal)));
            lines.extend(wanted.following.tasks());
            lines.extend(wanted.following.next());
            lines.push(labelled("DONE", done(steps, skipped, said.as_deref())));
        }
        let written = report.map(|report| report.write(&lines, last.clone())).transpose();
        if let Output::Tool = &output
            && !matches!(played, Err(Error::Output(_)))
        {
            write_all(&last)?;
        }
        lines.retain(|_| ok);
        lines.extend(written.as_ref().ok().cloned().flatten());
        // What ended the run may have closed the screen too, and counts more.
        let shown = output.show(&lines);
        let end = report::outcome(played, [torn_down.err(), written.err()])?;
        shown?;
        if end == Ending::Quit {
            return Ok(Onward::Quit);
        }
        // Whoever wanted no more pauses gets none.
        if run_to >= lesson.len() {
            return Ok(Onward::Quit);
        }
        onward::offer(&output, &mut keyboard, &wanted.following)
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
            self.told.push((event, verdict));
            self.answers.push(std::mem::take(&mut self.answered));
            if !short {
                self.announce(at);
            }
            self.result(at, short)?;
            self.held(at, step)?;
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
        match self.told.iter().any(|(_, verdict)| !verdict.broken.is_empty()) {
            true => Err(Error::Failed),
            false => Ok(Ending::Done),
        }
    }

    fn is_not_here(&self, at: usize) -> bool {
        self.not_here.iter().any(|(_, steps)| steps.contains(&(at + 1)))
    }

    fn is_aside(&self, at: usize) -> bool {
        if self.is_not_here(at) {
            return false;
        }
        // Without pauses a lesson leaves nothing out.
        let whole = !self.wanted.demo && matches!(self.keyboard.pause, PauseMode::None);
        !whole && is_aside(self.lesson, at, self.wanted.demo)
    }

    /// The number of a step among those that are shown, from 1, and how many there are.
    fn number(&self, at: usize) -> (usize, usize) {
        if !self.wanted.demo {
            return (at + 1, self.lesson.len());
        }
        let shown =
            |steps: std::ops::Range<usize>| steps.filter(|at| !is_aside(self.lesson, *at, true)).count();
        (shown(0..at + 1).max(1), shown(0..self.lesson.len()))
    }

    /// What led up to the demonstrated call, once all of it is played: one line for all of it.
    fn set_up(&self, at: usize) -> Vec<Line> {
        if at + 1 < self.lesson.len() && self.is_aside(at + 1) && self.told[at].1.broken.is_empty() {
            return Vec::new();
        }
        let first = (0..=at).rev().take_while(|at| self.is_aside(*at)).last().unwrap_or(at);
        narrate::set_up(&self.told[first..=at], at + 1 == self.lesson.len())
    }

    /// Ends the run if a claim broke. Where the machine is to blame rather than the lesson, says so.
    fn held(&mut self, at: usize, step: Step<'_>) -> Result<(), Error> {
        let Some((event, verdict)) = self.told.last() else { return Ok(()) };
        if verdict.broken.is_empty() {
            return Ok(());
        }
        Err(machines_no(at + 1, step.action, event).map_or(Error::Failed, Error::Machine))
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
        let (Some((event, verdict)), Some(answered)) = (self.told.get(at), self.answers.get(at)) else {
            return;
        };
        let Some(asked) = narrate::asked(self.lesson, at).filter(|_| self.wanted.counts) else { return };
        let Some(right) = predict::right(&asked, event, verdict, answered) else { return };
        let knew = (*answered != Answered::Given(Given::Skipped)).then_some(right);
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
            step: at,
            number: self.number(at),
            ground: &self.stage.ground,
            main_process: process::own_pid(),
            names: &self.stage.names,
            members: self.told.last().map_or(&[], |(event, _)| &event.after.members),
            earlier: &self.told[..at.min(self.told.len())],
            width,
            page: self.pages() && at >= self.run_to,
            demo: self.wanted.demo,
        }
    }

    fn result(&mut self, at: usize, short: bool) -> Result<(), Error> {
        let step = self.lesson.step(at);
        let Some((event, verdict)) = self.told.get(at) else { return Ok(()) };
        match &self.output {
            Output::Person(_) if self.is_not_here(at) => Ok(()),
            Output::Person(_) if self.is_aside(at) => self.aside(at, self.set_up(at)),
            Output::Person(screen) if short => {
                let scene = self.scene(at, screen.width());
                screen.show(&narrate::in_one_line(&scene, step, event, verdict))
            }
            Output::Person(_) => self.second_beat(at),
            Output::Tool => {
                write_all(&json::step(at + 1, step, self.lesson, (event, verdict), &Answered::NotAsked))
            }
        }
    }

    /// How many questions were answered, and how many of them right.
    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for (at, (answered, (event, verdict))) in self.answers.iter().zip(&self.told).enumerate() {
            let Some(asked) = narrate::asked(self.lesson, at) else { continue };
            if let Some(right) = predict::right(&asked, event, verdict, answered) {
                tally.asked += 1;
                tally.right += usize::from(right);
            }
        }
        tally
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

    fn farewell(&self, word: &str) -> Result<(), Error> {
        let (segments, folder) = self.stage.holds();
        let mut things: Vec<String> = segments.iter().map(|id| format!("segment {id}")).collect();
        things.extend(folder.map(|folder| format!("the folder {folder}")));
        self.output.say("")?;
        self.output.say(&format!("{word}: removing {}.", things.join(" and ")))
    }
}

/// Whether a step is shown in a line with its neighbours: it only tidies up, or in a demonstration leads up to the call
/// that is shown. One that crashes or asks is always shown.
fn is_aside(lesson: &Lesson, at: usize, demo: bool) -> bool {
    let step = lesson.step(at);
    let crashes = matches!(step.action.expect, Expect::Signal(_));
    let leads_up = demo && !step.action.shows(&lesson.name);
    step.words.tidy || (leads_up && !crashes && step.words.ask.is_none())
}

/// The steps that have a number, in its order: all of a lesson, and those that a demonstration shows.
pub fn numbered(lesson: &Lesson, demo: bool) -> Vec<usize> {
    (0..lesson.len()).filter(|at| !demo || !is_aside(lesson, *at, demo)).collect()
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

/// How the predictions of a run came out.
#[derive(Debug, Default, Clone, Copy)]
struct Tally {
    asked: usize,
    right: usize,
}

impl Tally {
    fn words(self) -> Option<Line> {
        let Tally { asked, right } = self;
        let missed = match asked - right {
            0 => "",
            _ => ". `lab quiz --missed` asks about the others again",
        };
        (asked > 0).then(|| labelled("PREDICTED", format!("{right} of {asked} right{missed}")))
    }
}

/// What a whole run came to, in words; `stays`: what stays behind, where something does.
fn done(steps: usize, skipped: usize, stays: Option<&str>) -> String {
    let played = match steps - skipped {
        played if skipped == 0 => format!("all {played} steps were played"),
        played => format!("{played} of {steps} steps worked as intended, {skipped} did not, see above,"),
    };
    let stays = stays.unwrap_or("Nothing stays behind: no segment, no process, no file.");
    format!("{played} and every claim held. {stays}")
}

/// So that tests can see what a panic leaves behind; not in a release build.
#[cfg(debug_assertions)]
fn panic_if_asked(at: usize) {
    let asked = std::env::var("LAB_PANIC_AT_STEP").ok().and_then(|step| step.parse().ok());
    assert_ne!(asked, Some(at + 1), "asked for by LAB_PANIC_AT_STEP");
}
