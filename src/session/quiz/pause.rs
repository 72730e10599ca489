//! After an answer: what is said about it, as much as the screen has room for, and the pause in which the rest can be
//! asked for. The verdict is the last thing above the prompt. Without pauses all of it is said at once.

use std::io::{self, IsTerminal};

use super::Quiz;
use crate::error::Error;
use crate::output::line::Line;
use crate::output::quiz as words;
use crate::output::reasons::Settled;
use crate::output::screen::Screen;
use crate::session::Output;
use crate::sys::terminal;

/// What a pause is about.
pub(super) struct Pause {
    /// `[2/6]`
    pub place: String,
    /// What Enter and `q` do.
    pub on: &'static str,
    pub stop: &'static str,
    /// What was held back: the reasons of the other options, the calls.
    others: Vec<Line>,
    calls: Vec<Line>,
}

/// How a pause ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    On,
    Stop,
}

/// A key of the pause after an answer.
struct Key {
    key: &'static str,
    /// Its words in the prompt, and in a narrow window's.
    brief: [fn(&Pause) -> &'static str; 2],
    /// What it does, in `--help`.
    help: &'static str,
    when: fn(&Pause) -> bool,
    does: Does,
}

enum Does {
    End(Next),
    Show(fn(&Pause) -> &[Line]),
}

// A row each: rustfmt would give every field a line of its own.
#[rustfmt::skip]
const KEYS: [Key; 4] = [
    Key { key: "Enter", brief: [|pause| pause.on; 2], help: "goes on", when: |_| true,
        does: Does::End(Next::On) },
    Key { key: "m", brief: [|_| "the other options", |_| ""], help: "says why the other options are not right",
        when: |pause| !pause.others.is_empty(), does: Does::Show(|pause| &pause.others) },
    Key { key: "d", brief: [|_| "the calls", |_| ""], help: "shows all the calls",
        when: |pause| !pause.calls.is_empty(), does: Does::Show(|pause| &pause.calls) },
    Key { key: "q", brief: [|pause| pause.stop, |_| ""], help: "stops", when: |pause| !pause.stop.is_empty(),
        does: Does::End(Next::Stop) },
];

/// The keys of the pause after an answer, a clause each, for `--help`.
pub fn pause_keys() -> String {
    KEYS.iter().map(|key| format!("{} {}", key.key, key.help)).collect::<Vec<_>>().join(", ")
}

impl Pause {
    pub fn new(place: String, on: &'static str, stop: &'static str) -> Pause {
        Pause { place, on, stop, others: Vec::new(), calls: Vec::new() }
    }

    fn offered(&self) -> impl Iterator<Item = &'static Key> {
        KEYS.iter().filter(|key| (key.when)(self))
    }

    /// The keys that count now, in the longest form that fits.
    fn prompt(&self, width: usize) -> String {
        let form = |form: usize| {
            let keys = self.offered().map(|key| format!("{} {}", key.key, (key.brief[form])(self)));
            let keys: Vec<_> = keys.map(|words| words.trim_end().to_owned()).collect();
            format!("{} {} > ", self.place, keys.join(" · "))
        };
        let whole = form(0);
        if whole.chars().count() < width { whole } else { form(1) }
    }
}

/// The verdict, the right answer, the reasons of both.
fn verdict(of: Settled<'_>) -> Vec<Line> {
    let mut lines = vec![words::mark(of.asked, of.given, of.judged.right)];
    lines.extend(of.reasons(false));
    if !of.judged.right {
        lines.push(words::lesson(of.asked.question()));
    }
    lines
}

impl Quiz<'_> {
    /// All there is to say about an answer.
    pub(super) fn told(&self, of: Settled<'_>) -> Vec<Line> {
        let mut lines = if self.plan.show_proof { of.kernel() } else { Vec::new() };
        lines.extend(verdict(of));
        lines.extend(of.others());
        lines.push(Line::Blank);
        lines
    }

    /// Says what there is to say, and waits where a person is there to read it. `above`: the rows of the question,
    /// which should stay on the screen.
    pub(super) fn tell(&mut self, of: Settled<'_>, above: usize, mut pause: Pause) -> Result<Next, Error> {
        let Output::Person(screen) = &self.output else { return Ok(Next::On) };
        if !self.plan.pauses {
            return screen.show(&self.told(of)).map(|()| Next::On);
        }
        if screen.look.plain {
            screen.show(&self.told(of))?;
        } else {
            let verdict = verdict(of);
            let mut lines = self.calls_within(screen, of, above, screen.rows(&verdict), &mut pause);
            lines.extend(verdict);
            pause.others = of.others();
            screen.show(&lines)?;
        }
        let next = self.pause(&pause)?;
        self.output.show(&[Line::Blank])?;
        Ok(next)
    }

    /// As much of the calls as leaves the question on the screen, or if that does not fit, as much as leaves
    /// the verdict there.
    fn calls_within(
        &self,
        screen: &Screen,
        of: Settled<'_>,
        above: usize,
        verdict: usize,
        pause: &mut Pause,
    ) -> Vec<Line> {
        let whole = of.kernel();
        // The prompt is a row, too.
        let room = screen.height().unwrap_or(usize::MAX).saturating_sub(verdict + 1);
        let mut lines = Vec::new();
        for room in [room.saturating_sub(above), room] {
            let fits = |lines: &[Line]| screen.rows(lines) <= room;
            if lines.is_empty() && self.plan.show_proof && !whole.is_empty() {
                lines = if fits(&whole) { whole.clone() } else { of.kernel_within(fits) };
            }
        }
        if lines != whole {
            pause.calls = whole;
        }
        lines
    }

    fn pause(&mut self, pause: &Pause) -> Result<Next, Error> {
        let typed = io::stdin().is_terminal();
        // What was typed while the kernel was asked is not an answer to what the screen shows now.
        if typed {
            terminal::forget_typed();
        }
        let mut idle = 0;
        while typed || idle < super::ask::IDLE_LINES {
            let prompt = pause.prompt(self.output.width());
            let Some(line) = self.line_behind(&prompt)? else { return Ok(Next::Stop) };
            let text = line.trim().to_lowercase();
            let word = if text.is_empty() { "Enter" } else { &text };
            match pause.offered().find(|key| key.key == word).map(|key| &key.does) {
                Some(Does::End(next)) => return Ok(*next),
                Some(Does::Show(lines)) => self.output.show(lines(pause))?,
                None => {
                    let shown = crate::text::shortened(&text, 40).into_owned();
                    let keys: Vec<_> =
                        pause.offered().map(|key| format!("{} {}", key.key, key.help)).collect();
                    self.output.say(&format!("`{shown}` is not a key here: {}", keys.join(", ")))?;
                }
            }
            idle += 1;
        }
        Ok(Next::On)
    }
}
