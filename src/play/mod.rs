//! Plays a lesson: preview, pause, step, result, pause. It connects stage and screen and obeys the keys; it
//! makes no call and words no fact.

mod keys;
pub mod quiz;
mod shell;

use std::time::Duration;

use keys::Wish;
pub use keys::{Keyboard, Pace};

use crate::event::Event;
use crate::kernel::{process, signals};
use crate::lesson::{Lesson, Outcome, Step, Value, Verdict, judge};
use crate::names;
use crate::progress::Progress;
use crate::stage::{Ground, Stage};
use crate::tell::json;
use crate::tell::line::{Line, labelled};
use crate::tell::narrate::{self, Scene};
use crate::tell::screen::Screen;
use crate::trouble::Trouble;

/// Who is told.
#[derive(Debug)]
pub enum Voice {
    Person(Screen),
    Tool,
}

/// What the command line asks of a run.
#[derive(Debug)]
pub struct Wanted {
    /// The student's message, answered in advance.
    pub message: Option<String>,
    /// The first step that pauses, from 0.
    pub from: usize,
    /// The student's own umask, for the shell.
    pub umask: u32,
    /// Whether the run counts as progress.
    pub counts: bool,
    /// Whether to go on after a claim that broke, as an author wants it.
    pub to_the_end: bool,
    /// Whether it is a demonstration: short, and what leads up to the call is not paused at.
    pub demo: bool,
}

/// How a run ended, short of a trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Quit,
}

/// One run of one lesson.
pub struct Player<'a> {
    lesson: &'a Lesson,
    stage: Stage,
    voice: Voice,
    keyboard: Keyboard,
    wanted: Wanted,
    told: Vec<(Event, Verdict)>,
    /// No pauses before this step: a jump, or `c`.
    run_to: usize,
}

/// What a prompt led to.
enum Go {
    On,
    /// Run the step, one line only.
    Skip,
    Quit,
}

impl<'a> Player<'a> {
    pub fn new(lesson: &'a Lesson, stage: Stage, voice: Voice, keyboard: Keyboard, wanted: Wanted) -> Self {
        let run_to = wanted.from;
        Player { lesson, stage, voice, keyboard, wanted, told: Vec::new(), run_to }
    }

    /// Plays to the end, or to wherever the student or a broken claim ends it; then strikes the stage.
    ///
    /// # Errors
    /// [`Trouble::Failed`] for a broken claim, and whatever ended the run early.
    pub fn perform(mut self) -> Result<(), Trouble> {
        let mut played = self.play();
        self.keyboard.give_terminal_back();
        if let Err(Trouble::Interrupted(_)) = played {
            // Best effort: whoever interrupted us may have taken the screen along.
            let _ = self.farewell("Interrupted");
        }
        if let Ok(End::Quit) = played {
            played = self.farewell("Quitting").map(|()| End::Quit);
        }
        let Player { stage, voice, told, .. } = self;
        let steps = told.len();
        let skipped = told.iter().filter(|(_, verdict)| verdict.skipped.is_some()).count();
        let (segments, _) = stage.holds();
        let semaphores = stage.semaphores();
        let struck = stage.strike();
        let ok = matches!(played, Ok(End::Done)) && struck.is_ok();
        if let Voice::Tool = &voice
            && !matches!(played, Err(Trouble::Output(_)))
        {
            let left = struck.as_ref().err().map(ToString::to_string);
            json::end(steps, ok, (&segments, &semaphores), left.as_deref())?;
        }
        let end = match (played, &struck) {
            (Err(trouble), Err(left)) => return Err(trouble.and(left)),
            (played, _) => played?,
        };
        struck?;
        if let (Voice::Person(screen), End::Done) = (&voice, end) {
            screen.show(&[labelled("DONE", done(steps, skipped))])?;
        }
        Ok(())
    }

    fn play(&mut self) -> Result<End, Trouble> {
        match &self.voice {
            Voice::Person(screen) => screen.show(&narrate::opening(
                self.lesson,
                &self.stage.ground,
                process::own_pid(),
                &self.stage.warnings,
            ))?,
            Voice::Tool => {
                json::start(self.lesson, &self.stage.ground, process::own_pid(), &self.stage.warnings)?;
            }
        }
        self.stage.warnings.clear();
        let lesson = self.lesson;
        for (at, step) in lesson.steps.iter().enumerate() {
            if at == 0 && self.run_to > 0 {
                self.show(&[labelled(
                    "FROM",
                    format!("steps 1 to {} are played without a pause", self.run_to),
                )])?;
            }
            self.ask_for_input(at, step)?;
            // In a demonstration, what leads up to the call takes a line each.
            let aside = self.wanted.demo && !step.shows(&lesson.name);
            if !aside {
                self.preview(at, step, "")?;
            }
            let skip = match if aside { Go::Skip } else { self.pause(at, false)? } {
                Go::On => false,
                Go::Skip => true,
                Go::Quit => return Ok(End::Quit),
            };
            #[cfg(debug_assertions)]
            panic_if_asked(at);
            let event = self.stage.play(step)?;
            let verdict = judge(step, &event);
            self.told.push((event, verdict));
            self.result(at, skip)?;
            self.held(at, step)?;
            self.keep_progress(at + 1);
            if at + 1 < lesson.steps.len()
                && !skip
                && let Go::Quit = self.pause(at, true)?
            {
                return Ok(End::Quit);
            }
        }
        match self.told.iter().any(|(_, verdict)| !verdict.broken.is_empty()) {
            true => Err(Trouble::Failed),
            false => Ok(End::Done),
        }
    }

    /// Ends the run if a claim broke. Where the machine is to blame rather than the lesson, says so.
    fn held(&mut self, at: usize, step: &Step) -> Result<(), Trouble> {
        let Some((event, verdict)) = self.told.last() else { return Ok(()) };
        if verdict.broken.is_empty() {
            return Ok(());
        }
        if let Outcome::Failed(errno) = event.outcome
            && names::machine_says_no(step.call.name(), errno)
        {
            return Err(Trouble::Machine(format!(
                "step {} can't be played on this machine: {} returned {}: {}",
                at + 1,
                event.call,
                names::errno(errno),
                names::meaning(step.call.name(), errno)
            )));
        }
        if self.wanted.to_the_end { Ok(()) } else { Err(Trouble::Failed) }
    }

    /// Writes down how far we are. Where that can't be done, it is said once and not tried again.
    fn keep_progress(&mut self, steps: usize) {
        if !self.wanted.counts {
            return;
        }
        let all = self.lesson.steps.len();
        let kept = Progress::change(&self.lesson.key, |done| {
            done.steps = steps;
            done.done |= steps == all;
            done.offered = false;
        });
        if let Err(why) = kept {
            self.wanted.counts = false;
            // A screen that can't be written to is noticed by whatever is shown next.
            let _ = self.show(&[labelled("WARNING", why)]);
        }
    }

    fn scene(&self, at: usize, width: usize) -> Scene<'_> {
        Scene {
            lesson: self.lesson,
            step: at,
            ground: &self.stage.ground,
            names: &self.stage.names,
            members: self.told.last().map_or(&[], |(event, _)| &event.after.members),
            width,
            demo: self.wanted.demo,
        }
    }

    fn show(&self, lines: &[Line]) -> Result<(), Trouble> {
        match &self.voice {
            Voice::Person(screen) => screen.show(lines),
            Voice::Tool => Ok(()),
        }
    }

    fn write(&self, text: &str) -> Result<(), Trouble> {
        match &self.voice {
            Voice::Person(screen) => screen.say(text),
            Voice::Tool => Ok(()),
        }
    }

    fn width(&self) -> usize {
        if let Voice::Person(screen) = &self.voice { screen.width() } else { 80 }
    }

    fn preview(&self, at: usize, step: &Step, mark: &str) -> Result<(), Trouble> {
        self.show(&narrate::before(&self.scene(at, self.width()), step, mark))
    }

    fn result(&self, at: usize, skip: bool) -> Result<(), Trouble> {
        let (Some((event, verdict)), step) = (self.told.get(at), &self.lesson.steps[at]) else {
            return Ok(());
        };
        match &self.voice {
            Voice::Person(screen) => {
                let scene = self.scene(at, screen.width());
                let tell = match (skip, self.wanted.demo) {
                    (true, true) => narrate::set_up,
                    (true, false) => narrate::in_one_line,
                    (false, true) => narrate::briefly,
                    (false, false) => narrate::after,
                };
                screen.show(&tell(&scene, step, event, verdict))
            }
            Voice::Tool => json::step(at + 1, step, event, verdict),
        }
    }

    /// Asks for the lesson's input when a step first needs it; where nobody is there to answer, the default.
    fn ask_for_input(&mut self, at: usize, step: &Step) -> Result<(), Trouble> {
        let Some(input) = &self.lesson.input else { return Ok(()) };
        if self.stage.names.contains_key(&input.name) || !step.needs(&input.name) {
            return Ok(());
        }
        let listens = matches!(self.keyboard.pace, Pace::Keys(_) | Pace::Lines) && at >= self.run_to;
        let mut answer = self.wanted.message.take().map(String::into_bytes);
        if let (Some(given), true) = (&answer, listens) {
            let given = String::from_utf8_lossy(given).into_owned();
            self.write(&format!("{} {given}\n", input.prompt))?;
        }
        while answer.is_none() && listens {
            // The line's own mode before the question, or a quick answer would be cut in two.
            self.keyboard.give_terminal_back();
            self.keyboard.forget_typed();
            let asked = self.write(&format!("{} [{}] ", input.prompt, input.default));
            let line = asked.and_then(|()| self.keyboard.line());
            self.keyboard.take_terminal();
            let line = line?.unwrap_or_default();
            match input.accepts(&line) {
                Ok(()) if line.is_empty() => break,
                Ok(()) => answer = Some(line),
                Err(why) => self.write(&format!("{why}; try again, or press Enter for the default\n"))?,
            }
        }
        let answer = answer.unwrap_or_else(|| input.default.clone().into_bytes());
        self.stage.names.insert(input.name.clone(), Value::Text(answer));
        Ok(())
    }

    /// Waits for the student, before a step or `after` it.
    fn pause(&mut self, at: usize, after: bool) -> Result<Go, Trouble> {
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
            self.write(&self.prompt_text(at, after))?;
            let typed = !matches!(self.keyboard.pace, Pace::Lines);
            let voice = &self.voice;
            let wish = self.keyboard.wish(None, |text| match voice {
                Voice::Person(screen) => screen.write(text),
                Voice::Tool => Ok(()),
            })?;
            if typed {
                self.write("\n")?;
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
                    None => self.write("There is no further failure.\n")?,
                },
                Wish::Letter('e') => self.explain(at)?,
                Wish::Letter('b') => {
                    shown = shown.saturating_sub(1);
                    self.recorded(shown)?;
                }
                Wish::Letter('!') => self.shell()?,
                Wish::Letter('?') => self.keys(after)?,
                Wish::Number(number) if number == 0 || number > self.lesson.steps.len() => {
                    self.write(&format!(
                        "There is no step {number}: this lesson has steps 1 to {}.\n",
                        self.lesson.steps.len()
                    ))?;
                }
                Wish::Number(number) if number - 1 < self.told.len() => self.recorded(number - 1)?,
                Wish::Number(number) if number - 1 == at => self.preview(at, &self.lesson.steps[at], "")?,
                Wish::Number(number) => {
                    self.run_to = number - 1;
                    return Ok(Go::On);
                }
                Wish::Letter(key) => self.write(&format!("`{key}` is no key here; ? shows the keys\n"))?,
                Wish::Unknown(text) => {
                    self.write(&format!("`{}` is no key here; ? shows the keys\n", text.escape_debug()))?;
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
        let fits = |text: &String| text.chars().count() <= self.width();
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
        self.show(&lines)
    }

    fn explain(&self, at: usize) -> Result<(), Trouble> {
        let step = &self.lesson.steps[at];
        let mut lines = Vec::new();
        if let (true, Some((event, verdict))) = (self.wanted.demo, self.told.get(at)) {
            lines = narrate::after(&self.scene(at, self.width()), step, event, verdict);
        }
        if let Some(more) = &step.more {
            lines.push(labelled("MORE", narrate::filled(more, &self.stage.names)));
        }
        if let Some(spec) = step.call.spec() {
            lines.push(labelled("READ", format!("{}: man {}", spec.page, man(spec.page))));
        }
        self.show(&lines)
    }

    fn recorded(&self, at: usize) -> Result<(), Trouble> {
        if self.told.get(at).is_none() {
            return self.write("There is no earlier step.\n");
        }
        self.preview(at, &self.lesson.steps[at], "Recorded: ")?;
        self.result(at, false)
    }

    fn shell(&mut self) -> Result<(), Trouble> {
        if !self.offers_shell() {
            return self.write("a shell needs a terminal\n");
        }
        let place = if let Ground::Host(_) = self.stage.ground { "" } else { " in this sandbox" };
        self.write(&format!(
            "A shell{place}; everything stays as it is meanwhile. Try ipcs -m; exit comes back.\n"
        ))?;
        self.keyboard.give_terminal_back();
        let done = shell::run(self.wanted.umask);
        self.keyboard.take_terminal();
        done
    }

    fn farewell(&self, word: &str) -> Result<(), Trouble> {
        let (segments, folder) = self.stage.holds();
        let mut things: Vec<String> = segments.iter().map(|id| format!("segment {id}")).collect();
        things.extend(folder.map(|folder| format!("the folder {folder}")));
        self.write(&format!("\n{word}: removing {}.\n", things.join(" and ")))
    }
}

/// What a whole run came to, in words.
fn done(steps: usize, skipped: usize) -> String {
    let played = match steps - skipped {
        played if skipped == 0 => format!("all {played} steps were played"),
        played => format!("{played} of {steps} steps were played, {skipped} were not, for the reasons told,"),
    };
    format!("{played} and every claim held. Nothing stays behind: no segment, no process, no file.")
}

/// So that tests can see what a panic leaves behind; not in a release build.
#[cfg(debug_assertions)]
fn panic_if_asked(at: usize) {
    let asked = std::env::var("LAB_PANIC_AT_STEP").ok().and_then(|step| step.parse().ok());
    assert_ne!(asked, Some(at + 1), "asked for by LAB_PANIC_AT_STEP");
}

/// `2 shmget` for `shmget(2)`.
fn man(page: &str) -> String {
    match page.trim_end_matches(')').split_once('(') {
        Some((name, section)) => format!("{section} {name}"),
        None => page.to_owned(),
    }
}

/// A delay of so many seconds.
///
/// # Errors
/// What is wrong with the text.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 =
        text.parse().map_err(|_| "a number of seconds is wanted, such as 2 or 0.5".to_owned())?;
    if !(0.0..=3600.0).contains(&number) {
        return Err("a delay is from 0 to 3600 seconds".into());
    }
    Ok(Duration::from_secs_f64(number))
}
