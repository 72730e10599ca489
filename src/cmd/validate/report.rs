//! What validating a file came to, for its author and for a tool: the same mistakes, in lines or as one JSON object. It
//! plays nothing.

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::lesson::{Choice, Lesson, Verdict};
use crate::output::line::{Line, Piece, Style, counted, ink, plain};
use crate::output::phrase;
use crate::output::screen::JSON_VERSION;
use crate::quiz::decide::Decision;

/// What playing a lesson came to.
#[derive(Debug, Default)]
pub struct ValidationReport {
    pub wrong: Vec<Wrong>,
    skipped: Vec<Skipped>,
    /// Why this machine can't play it at all.
    pub cannot: Option<String>,
}

/// What this machine could not show.
#[derive(Debug)]
struct Skipped {
    /// From 1.
    step: usize,
    /// Whether the step was played and its question can't be decided.
    question: bool,
    why: String,
}

/// Something that is wrong with a lesson, once it was played.
#[derive(Debug)]
pub struct Wrong {
    /// From 1; none where it is about the lesson as a whole.
    step: Option<usize>,
    what: String,
}

impl Wrong {
    fn in_words(&self) -> String {
        self.step.map_or_else(|| self.what.clone(), |step| format!("step {step}: {}", self.what))
    }
}

impl ValidationReport {
    pub fn step(&mut self, number: usize, verdict: &Verdict) {
        for broken in &verdict.broken {
            let (claim, found) = (&broken.claim, &broken.found);
            self.wrong(number, format!("the lesson expected {claim}, the kernel said {found}"));
        }
        let skipped = |why: &String| Skipped { step: number, question: false, why: why.clone() };
        self.skipped.extend(verdict.skipped.as_ref().map(skipped));
    }

    /// Exactly one option of a step's question is true, and each of the others says why it is not.
    pub fn question(&mut self, number: usize, options: &[Choice], decision: Decision) {
        let right = match decision {
            Decision::Invalid(found) => {
                found.into_iter().for_each(|found| self.wrong(number, found.what));
                return;
            }
            Decision::Options(right) => right,
            Decision::Skipped(why) => {
                // A step that was not played has told why already.
                if self.skipped.last().is_none_or(|skipped| skipped.step != number) {
                    self.skipped.push(Skipped { step: number, question: true, why });
                }
                return;
            }
            _ => Vec::new(),
        };
        let unexplained = |(at, option): &(usize, &Choice)| option.why.is_empty() && !right.contains(at);
        for (at, _) in options.iter().enumerate().filter(unexplained) {
            self.wrong(number, format!("option {} is not right, and its `why` is missing", at + 1));
        }
    }

    fn wrong(&mut self, step: usize, what: String) {
        self.wrong.push(Wrong { step: Some(step), what });
    }

    pub fn failed(&mut self, why: &str) {
        self.wrong.extend(why.lines().map(|what| Wrong { step: None, what: what.to_owned() }));
    }

    pub fn left(&mut self, what: &str, ids: &[i32]) {
        let ids: Vec<_> = ids.iter().map(i32::to_string).collect();
        if !ids.is_empty() {
            let ids = ids.join(" and ");
            self.failed(&format!("it leaves {what} {ids} behind: its last steps should remove it"));
        }
    }

    /// For a person.
    pub fn told(&self, lesson: &Lesson) -> Vec<Line> {
        let what = format!("{}  {}", lesson.file, counted(lesson.len(), "step"));
        let state = state(!self.wrong.is_empty(), self.cannot.is_some(), self.skipped.len());
        let mut lines = vec![Line::Heading { left: vec![plain(what)], right: vec![state] }];
        let cannot = self.cannot.iter().flat_map(|said| said.lines()).map(str::to_owned);
        let wrong = self.wrong.iter().map(Wrong::in_words).chain(cannot).map(|what| (Style::Bad, what));
        let skipped = self.skips().into_iter().map(|what| (Style::Plain, what));
        for (colour, what) in wrong.chain(skipped) {
            lines.push(Line::Labelled { label: "", pieces: vec![ink(colour, what)] });
        }
        lines
    }

    /// What was skipped, a line for each reason.
    fn skips(&self) -> Vec<String> {
        let mut reasons: Vec<(bool, &str, Vec<usize>)> = Vec::new();
        for skipped in &self.skipped {
            let same = |(question, why, _): &&mut (bool, &str, Vec<usize>)| {
                (*question, *why) == (skipped.question, skipped.why.as_str())
            };
            match reasons.iter_mut().find(same) {
                Some((.., steps)) => steps.push(skipped.step),
                None => reasons.push((skipped.question, &skipped.why, vec![skipped.step])),
            }
        }
        let told = |(question, why, steps): (bool, &str, Vec<usize>)| {
            let of = if question { "the question of " } else { "" };
            format!("{of}{}: {why}", phrase::steps(&steps))
        };
        reasons.into_iter().map(told).collect()
    }

    /// For a tool.
    pub fn object<'a>(&'a self, file: &'a str) -> Validated<'a> {
        let mistake =
            |wrong: &'a Wrong| Mistake { step: wrong.step, message: &wrong.what, ..Mistake::default() };
        let mistakes = self.wrong.iter().map(mistake).collect();
        let of = |skipped: &Skipped| {
            let question = if skipped.question { "its question: " } else { "" };
            format!("step {}: {question}{}", skipped.step, skipped.why)
        };
        let skipped = self.skipped.iter().map(of).collect();
        Validated::of(file, mistakes, skipped, self.cannot.as_deref())
    }
}

/// What a file came to, in a word at the right of its heading.
pub fn state(wrong: bool, cannot: bool, skipped: usize) -> Piece {
    match (wrong, cannot, skipped) {
        (true, ..) => ink(Style::Bad, "FAILED"),
        (false, true, _) => ink(Style::Bad, "NOT PLAYED"),
        (false, false, 0) => ink(Style::Good, "ok"),
        (false, false, skipped) => ink(Style::Good, format!("ok, {skipped} skipped")),
    }
}

/// A file, for a tool.
#[derive(Serialize)]
pub struct Validated<'a> {
    version: u32,
    file: &'a str,
    ok: bool,
    mistakes: Vec<Mistake<'a>>,
    /// What this machine could not show, and why.
    skipped: Vec<String>,
    /// Why this machine can't play the file, where nothing else is wrong with it.
    not_played: Option<&'a str>,
}

#[derive(Default, Serialize)]
struct Mistake<'a> {
    /// Where in the file, from 1, if it was found by reading it.
    line: Option<usize>,
    column: Option<usize>,
    /// The step, from 1, if it was found by playing it.
    step: Option<usize>,
    message: &'a str,
    help: Option<&'a str>,
}

impl<'a> Validated<'a> {
    fn of(
        file: &'a str,
        mistakes: Vec<Mistake<'a>>,
        skipped: Vec<String>,
        cannot: Option<&'a str>,
    ) -> Validated<'a> {
        let ok = mistakes.is_empty() && cannot.is_none();
        let not_played = cannot.filter(|_| mistakes.is_empty());
        Validated { version: JSON_VERSION, file, ok, mistakes, skipped, not_played }
    }

    /// A task, by what was found when it was proved.
    pub fn task(file: &'a str, found: &'a [String], cannot: Option<&'a str>) -> Validated<'a> {
        let mistakes = found.iter().map(|what| Mistake { message: what, ..Mistake::default() });
        Validated::of(file, mistakes.collect(), Vec::new(), cannot)
    }

    /// A file with what was found by reading it; `skipped`: questions that this machine can't decide.
    pub fn read(file: &'a str, found: &'a [Diagnostic], skipped: Vec<String>) -> Validated<'a> {
        let mistake = |found: &'a Diagnostic| Mistake {
            line: Some(found.line),
            column: Some(found.column),
            step: None,
            message: &found.what,
            help: found.help.as_deref(),
        };
        let mistakes = found.iter().filter(|found| found.file == file).map(mistake);
        Validated::of(file, mistakes.collect(), skipped, None)
    }
}
