//! Tasks in words: what a check came to, what was found instead, where to read on. Every sentence about a student's own
//! programs that no finding says stands here. Pure functions.

use super::evidence::source_line;
use super::line::{Line, Style, counted, inked, labelled};
use super::orders::{fate_text, picture};
use super::phrase::{counted_as, way_to};
use crate::constants;
use crate::facts::event::Source;
use crate::lesson::claim::Compared;
use crate::lesson::task::Check;
use crate::orders::report::Why;
use crate::task::{Broken, Ended, Found, Left, Played, Tried};
use crate::text::quote;

/// How many processes are named that did not end.
const MAX_STILL: usize = 3;
/// How much of a program's output is repeated, in bytes.
const MAX_PRINTED: usize = 120;

/// What a check came to: passed, or everything that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub say: String,
    pub passed: bool,
    /// Each with the line of the program that shows it.
    pub found: Vec<(String, Option<Source>)>,
    pub why: Option<String>,
    pub read: Option<(String, usize)>,
    pub hints: bool,
    pub points: usize,
    /// Of a check that was played in every order.
    pub tried: Option<Tried>,
}

impl Row {
    /// Of one of the task's own checks, and its play.
    pub fn of(check: &Check, broken: &[Broken], played: Option<&Played>) -> Row {
        Row {
            tried: played.and_then(|played| played.tried.clone()),
            say: check.say.clone(),
            passed: broken.is_empty(),
            found: broken.iter().map(|broken| (sentence(&broken.found), broken.place.clone())).collect(),
            why: check.why.clone(),
            read: check.read.clone(),
            hints: !check.hints.is_empty(),
            points: check.points,
        }
    }

    /// Of a check that could not be played.
    pub fn not_played(check: &Check) -> Row {
        Row { passed: false, why: None, read: None, hints: false, ..Row::of(check, &[], None) }
    }

    /// For a person.
    pub fn lines(&self, command: &str) -> Vec<Line> {
        let (label, colour) = if self.passed { ("PASS", Style::Good) } else { ("FAIL", Style::Bad) };
        let mut lines = vec![inked(label, colour, self.say.clone())];
        if self.passed {
            lines.extend(self.tried.as_ref().map(|tried| labelled("", reach(tried))));
            return lines;
        }
        for (sentence, place) in &self.found {
            lines.push(labelled("", sentence.clone()));
            lines.extend(place.as_ref().map(source_line));
        }
        if let Some((number, order)) = self.tried.as_ref().and_then(|tried| tried.bad.as_ref()) {
            lines.push(labelled(
                "ORDER",
                format!("{number} is the first that fails, and lab played no more:"),
            ));
            lines.extend(picture(order, &format!("order {number} goes so")));
            lines.push(Line::Blank);
        }
        lines.extend(self.why.as_ref().map(|why| labelled("MEANS", why.clone())));
        lines.extend(self.read.as_ref().map(|step| labelled("READ", way_to(step))));
        if self.hints {
            lines.push(labelled("HINT", command.to_owned()));
        }
        lines
    }
}

/// How many orders were played, and what was not.
fn reach(tried: &Tried) -> String {
    let reached = &tried.reached;
    let played = counted(reached.played, "order");
    let mut words = match (reached.why, reached.open) {
        (Why::Max | Why::Time, open) => format!(
            "lab played {played}, and at least {open} more {} not reached in the time that a check has.",
            if open == 1 { "was" } else { "were" }
        ),
        _ if reached.played == 1 => "lab played 1 order, and every other one is equal to it.".into(),
        _ => format!("lab played {played}, and every other one is equal to one of these."),
    };
    if tried.cut > 0 {
        let cut = counted(tried.cut, "order");
        words += &format!(
            " It ended {cut} that took too long, and nothing follows from {}.",
            if tried.cut == 1 { "it" } else { "these" }
        );
    }
    if reached.diverged > 0 {
        let times = counted(reached.diverged, "time");
        words += &format!(" {times} the programs made other calls although the order was the same.");
    }
    words
}

/// The last line.
pub fn sum(passed: usize, of: usize) -> Vec<Line> {
    vec![Line::Blank, labelled("", format!("{passed} of {} passed", counted(of, "check")))]
}

/// What was found instead of what a check wants.
pub fn sentence(found: &Found) -> String {
    match found {
        Found::Printed { role, wanted, printed } if printed.iter().all(u8::is_ascii_whitespace) => {
            format!("{role} should print {}, and printed nothing.", quote(wanted.as_bytes()))
        }
        Found::Printed { role, wanted, printed } => {
            format!("{role} should print {}, and printed {}.", quote(wanted.as_bytes()), begun(printed))
        }
        Found::PrintedAnyway { role, text } => {
            format!("{role} printed {}, which it should not.", quote(text.as_bytes()))
        }
        Found::Exited { role, wanted, status, ended, complained } => {
            let wanted = match (wanted, status) {
                (Compared::Is, 0) => "should report success and end with status 0".to_owned(),
                (Compared::Is, status) => format!("should end with status {status}"),
                (Compared::IsNot, 0) => "should report the failure with a status other than 0".to_owned(),
                (Compared::IsNot, status) => format!("should end with another status than {status}"),
            };
            let said = match complained.trim_ascii() {
                [] => String::new(),
                said => format!(" On standard error it printed {}.", begun(said)),
            };
            format!("{role} {wanted}, and {}.{said}", end(*ended))
        }
        Found::Silent { role } => {
            format!("{role} printed nothing, so whoever runs it does not learn what went wrong.")
        }
        Found::Crashed { role, signal } => {
            format!("{role} crashed: {} ended it.", constants::signal(*signal))
        }
        Found::Segments { wanted, number, left: all } => {
            left(*wanted, *number, all.len(), "segment", &made_by(all))
        }
        Found::Semaphores { wanted, number, left: all } => left(*wanted, *number, *all, "semaphore set", ""),
        Found::Finding(finding) => format!("{}: {}", super::findings::title(&finding.name), finding.means),
        Found::Late { seconds, still, waiting } => {
            let who = few(still.iter().cloned());
            let who = if who.is_empty() { who } else { format!(": {who}") };
            let others = match waiting.is_empty() {
                true => String::new(),
                false => {
                    let who = waiting.join(" and ");
                    format!(
                        " lab starts {who} when the programs before it have ended, so {who} never started."
                    )
                }
            };
            format!("After {} lab ended the programs{who}.{others}", counted(*seconds, "second"))
        }
        Found::PrintedTooMuch { role } => {
            format!("{role} wrote more than 1 MiB, so lab cut it off: a loop prints without end.")
        }
        Found::Unrunnable { role, errno } => {
            format!("{role} was built and can't be run: {}.", constants::errno(*errno))
        }
        Found::Stayed(number) => format!(
            "The programs have ended, and {} that they started went on; lab ended {}.",
            counted_as(*number as u64, "process", "processes"),
            if *number == 1 { "it" } else { "them" }
        ),
        Found::Stuck(who) => {
            let all = who.iter().map(|(role, fate)| format!("{role} {}", fate_text(fate)));
            format!("No process can go on: {}.", few(all))
        }
        Found::NoOrderEnded { begun: 0 } => "No order came to its end in the time that a check has.".into(),
        Found::NoOrderEnded { begun } => format!(
            "lab played {}, and none came to its end: an order may have 64 processes, 1000 steps and 64 KiB of output.",
            counted(*begun, "order")
        ),
        Found::NeverCalled { role, call, nth } => {
            let which = if *nth == 1 { String::new() } else { format!(" for time {nth}") };
            format!("lab wanted to make {call}() fail, and {role} never called it{which}.")
        }
    }
}

fn begun(printed: &[u8]) -> String {
    match printed.get(..MAX_PRINTED) {
        Some(start) if printed.len() > MAX_PRINTED => format!("{}...", quote(start)),
        _ => quote(printed),
    }
}

fn end(ended: Ended) -> String {
    match ended {
        Ended::Exited(status) => format!("it ended with status {status}"),
        Ended::Killed(signal) => format!("{} ended it", constants::signal(signal)),
        Ended::NotStarted => "it never started".into(),
        Ended::Running => "it was still running".into(),
        Ended::Unrunnable(errno) => format!("it could not be run ({})", constants::errno(errno)),
    }
}

/// The first of them, and how many there are besides.
fn few(all: impl ExactSizeIterator<Item = String>) -> String {
    let more = all.len().saturating_sub(MAX_STILL);
    let more = (more > 0).then(|| format!("and so on for {more} more"));
    all.take(MAX_STILL).chain(more).collect::<Vec<_>>().join("; ")
}

/// How many of them should be left, and how many are; `more`: what else is known of those.
fn left(wanted: Compared, number: usize, left: usize, what: &str, more: &str) -> String {
    let are = format!("{} {}", counted(left, what), if left == 1 { "is" } else { "are" });
    let not = if wanted == Compared::IsNot { "not " } else { "" };
    match (wanted, number) {
        (Compared::Is, 0) => format!("The programs have ended, and {are} still there{more}."),
        _ => format!("There should {not}be {} at the end, and {are} there.", counted(number, what)),
    }
}

fn made_by(left: &[Left]) -> String {
    match left.first().and_then(|left| left.maker.as_ref()) {
        Some(maker) => format!(": {maker} made {}", if left.len() == 1 { "it" } else { "the first of them" }),
        None => String::new(),
    }
}
