//! After an answer: what the kernel said, the right answer and its reason, and for a wrong one what would have to be
//! true for it to be right; apart from that, the reasons of the options that were not chosen. Pure functions over what
//! was played.

use serde::Serialize;

use super::line::{Line, Piece, Style, ink, inked, labelled, plain, strong};
use super::quiz::{by_label, right_answer};
use crate::constants;
use crate::facts::changes;
use crate::facts::outcome::{Outcome, Value};
use crate::lesson::{LAB, Question, QuestionKind};
use crate::quiz::answer::{self, Given, typed_option};
use crate::quiz::decide::Decision;
use crate::quiz::draw::Asked;
use crate::quiz::judge::Judged;
use crate::quiz::proof::{self, Proof};
use crate::text::filled_with;

/// One line that was played, in words.
#[derive(Debug, Serialize)]
pub struct PlayedLine<'a> {
    who: &'a str,
    pid: i32,
    /// As it is written.
    code: &'a str,
    /// With values in place of names.
    call: &'a str,
    /// What came back: `0`, `-1 EINVAL`, `SIGSEGV`.
    outcome: String,
    /// What it means, where it needs words.
    means: String,
    /// What was hoped and what the kernel said instead, if it did not go as hoped.
    wrong: Option<&'a str>,
    notes: &'a [String],
    /// The segment's row before and after, where it changed.
    changes: Option<(String, String)>,
}

/// A line in words.
pub fn played(line: &proof::Line) -> PlayedLine<'_> {
    let (event, wrong) = (&line.event, line.wrong.as_deref());
    let (who, code) = (&event.role, &event.code);
    if line.unmade {
        let outcome = "can't be made".into();
        let (means, notes) = (String::new(), &[]);
        return PlayedLine { who, pid: 0, code, call: code, outcome, means, wrong, notes, changes: None };
    }
    let means = match &event.outcome {
        Outcome::Failed(errno) => constants::meaning(event.function, *errno).to_owned(),
        Outcome::Died { signal, .. } => {
            constants::numbered(constants::SIGNALS, (*signal).into()).map_or("", |row| row.plain).to_owned()
        }
        Outcome::Blocked => format!("{who} is asleep inside the call"),
        Outcome::Silent => format!("{who} gave no answer in time and was killed by lab"),
        _ => String::new(),
    };
    PlayedLine {
        who,
        pid: event.pid,
        code,
        call: &event.call,
        outcome: event.outcome.to_string(),
        means,
        wrong,
        notes: &event.notes,
        changes: changes::changed(event),
    }
}

/// An answer to a question, and what the kernel made of it.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    pub asked: &'a Asked<'a>,
    pub given: &'a Given,
    pub judged: &'a Judged,
}

impl Settled<'_> {
    /// What the kernel said: the calls that were really played, and what came back. Nothing in theory.
    pub fn kernel(self) -> Vec<Line> {
        let question = self.asked.question();
        if question.kind == QuestionKind::Theory {
            return Vec::new();
        }
        let weighed = weighed(question, self.judged).into_iter().map(|(_, line)| line);
        [labelled("KERNEL", "let us ask the kernel:")].into_iter().chain(weighed).collect()
    }

    /// Some of it, so much that it `fits`: the call that decides, then what changed, then the calls before it.
    pub fn kernel_within(self, fits: impl Fn(&[Line]) -> bool) -> Vec<Line> {
        let mut left = weighed(self.asked.question(), self.judged);
        while let Some(most) = left.iter().map(|(weight, _)| *weight).max() {
            left.retain(|(weight, _)| *weight < most);
            let head = labelled("KERNEL", "let us ask the kernel (d shows all of it):");
            let kept = left.iter().map(|(_, line)| line.clone());
            let lines: Vec<Line> = [head].into_iter().chain(kept).collect();
            if !left.is_empty() && fits(&lines) {
                return lines;
            }
        }
        Vec::new()
    }

    /// The right answer, for a wrong one what would have to be true for it to be right, and the reason of the right one.
    ///
    /// `brief`: the right answer alone, for a student who was right.
    pub fn reasons(self, brief: bool) -> Vec<Line> {
        let (asked, question) = (self.asked, self.asked.question());
        let (decision, proof) = (&self.judged.decision, &self.judged.proof);
        let mut lines = vec![strong("ANSWER", right_answer(asked, decision))];
        let refusal = matches!(self.given, Given::Order(_)).then(|| refused(proof)).flatten();
        lines.extend(refusal.map(|text| inked("REFUSED", Style::Bad, text)));
        if !brief {
            lines.extend(self.nots(self.own()));
        }
        match decision {
            Decision::Options(right) => {
                let several = right.len() > 1;
                for place in &by_label(asked, right) {
                    let why = fill(&question.options[*place].why, proof);
                    let mark = if several { format!("{}: ", asked.label(*place)) } else { String::new() };
                    lines.push(labelled("WHY", format!("{mark}{why}")));
                }
            }
            _ => lines.extend(question.why.as_ref().map(|why| labelled("WHY", fill(why, proof)))),
        }
        lines.extend(question.source.as_ref().map(|source| labelled("READ", source)));
        lines
    }

    /// The reasons of the other options that are not right: whoever skipped, or was right, may wonder about them.
    pub fn others(self) -> Vec<Line> {
        let Decision::Options(right) = &self.judged.decision else { return Vec::new() };
        let chosen = |place: &usize| matches!(self.given, Given::Options(places) if places.contains(place));
        let wrong = self.asked.order.iter().filter(|place| !right.contains(place) && !chosen(place));
        self.nots(wrong.map(|place| of_option(self.asked, *place)).collect())
    }

    fn nots(self, wrong: Vec<(String, String)>) -> Vec<Line> {
        let reason = |why: &str| fill(why, &self.judged.proof);
        wrong.iter().map(|(name, why)| labelled("NOT", format!("{name}: {}", reason(why)))).collect()
    }

    /// The wrong parts of an answer, each with its reason.
    fn own(self) -> Vec<(String, String)> {
        let (asked, question) = (self.asked, self.asked.question());
        match (self.given, &self.judged.decision) {
            (Given::Options(places), Decision::Options(right)) => by_label(asked, places)
                .into_iter()
                .filter(|place| !right.contains(place))
                .map(|place| of_option(asked, place))
                .collect(),
            (Given::Typed(text), Decision::Answer(answer)) if !answer::same(text, answer) => {
                let place = typed_option(asked, text);
                place.map(|place| (text.clone(), question.options[place].why.clone())).into_iter().collect()
            }
            (Given::Line(line), Decision::Line(right)) if line != right => {
                vec![(format!("line {line}"), of_line(question, *line, &self.judged.proof))]
            }
            _ => Vec::new(),
        }
    }
}

/// The lines of what the kernel said; what weighs more is left out first.
fn weighed(question: &Question, judged: &Judged) -> Vec<(usize, Line)> {
    const EVIDENCE: usize = 1;
    const CALLS: usize = 10;
    let proof = &judged.proof;
    let wrong = proof.lines.iter().position(|line| line.wrong.is_some());
    let decides = wrong.unwrap_or(proof.lines.len().saturating_sub(1));
    let mut lines = Vec::new();
    if let Some(why) = &proof.on_host {
        lines.push((CALLS, labelled("WHERE", format!("the machine's own namespace: {why}"))));
    }
    let mut roles: Vec<&str> = Vec::new();
    for (at, line) in proof.lines.iter().map(played).enumerate() {
        let weight = if at == decides { 0 } else { CALLS + at.abs_diff(decides) };
        lines.extend(line.notes.iter().map(|note| (CALLS, labelled("NOTE", note))));
        let place = roles.iter().position(|role| *role == line.who).unwrap_or_else(|| {
            roles.push(line.who);
            roles.len() - 1
        });
        let colour = if line.who == LAB { Style::Strong } else { Style::Actor(place) };
        let listed = question.prove.get(at).and_then(|line| line.listed);
        let mut pieces: Vec<Piece> = listed.map(|line| plain(format!("{line:<3}"))).into_iter().collect();
        pieces.extend(vec![ink(colour, line.who), plain(format!(": {} = ", line.call))]);
        pieces.push(ink(if line.wrong.is_some() { Style::Bad } else { Style::Kernel }, came(&line)));
        lines.push((weight, Line::Labelled { label: "", pieces }));
    }
    if let (Some(read), Decision::Answer(answer)) = (&question.read, &judged.decision) {
        lines.push((0, labelled("FOUND", format!("{} {}", read.subject(), answer.shown))));
    }
    if let Some((before, after)) = proof.lines.last().and_then(|line| played(line).changes) {
        lines.push((EVIDENCE, labelled("BEFORE", before)));
        lines.push((EVIDENCE, labelled("AFTER", after)));
    }
    lines
}

/// What came back, with its meaning.
fn came(line: &PlayedLine<'_>) -> String {
    if line.means.is_empty() { line.outcome.clone() } else { format!("{}: {}", line.outcome, line.means) }
}

/// A reason with this run's values.
fn fill(text: &str, proof: &Proof) -> String {
    filled_with(text, |name| proof.last()?.names.get(name).map(Value::in_words))
}

/// Where the kernel refused the student's order.
fn refused(proof: &Proof) -> Option<String> {
    let broken = proof.lines.iter().find_map(|line| Some((line, line.wrong.as_ref()?)));
    match broken {
        Some((line, wrong)) => Some(format!("here: {}: {}: {wrong}", line.event.role, line.event.code)),
        None => proof.missed.clone(),
    }
}

/// An option's label and its reason.
fn of_option(asked: &Asked<'_>, place: usize) -> (String, String) {
    (asked.label(place).to_string(), asked.question().options[place].why.clone())
}

/// Why a line of a listing is not the one: the author's reason, or what the run says.
fn of_line(question: &Question, line: usize, proof: &Proof) -> String {
    let own = question.options.iter().find(|option| option.line == Some(line));
    if let Some(option) = own {
        return option.why.clone();
    }
    let made = question.prove.iter().zip(&proof.lines).find(|(known, _)| known.listed == Some(line));
    match made {
        Some((_, made)) if made.wrong.is_none() => {
            let made = played(made);
            format!("it goes as its author hopes: {} = {}", made.call, came(&made))
        }
        Some(_) => "it goes wrong as well, but not first".into(),
        None if question.prove.iter().any(|known| known.listed == Some(line)) => {
            "the program does not get that far".into()
        }
        None => "it makes no call that could fail".into(),
    }
}
