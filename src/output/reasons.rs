//! After an answer: what the kernel said, the right answer and its reason, and for a wrong one what would have to be
//! true for it to be right. Pure functions over what was played.

use super::line::{Line, Piece, Style, ink, labelled, plain};
use super::narrate::filled_with;
use super::quiz::{by_letter, right_answer};
use crate::lesson::{LAB, Question};
use crate::quiz::answer::{self, Given, typed_option};
use crate::quiz::check::Decision;
use crate::quiz::draw::Asked;
use crate::quiz::proof::{Proof, Shown};

/// What the kernel said: the calls that were really played, and what came back.
pub fn kernel(question: &Question, proof: &Proof) -> Vec<Line> {
    let mut lines = vec![labelled("KERNEL", "let us ask the kernel:")];
    if let Some(why) = &proof.on_host {
        lines.push(labelled("WHERE", format!("the machine's own namespace: {why}")));
    }
    let mut roles: Vec<&str> = Vec::new();
    for (at, shown) in proof.lines.iter().enumerate() {
        lines.extend(shown.notes.iter().map(|note| labelled("NOTE", note)));
        let place = roles.iter().position(|role| *role == shown.who).unwrap_or_else(|| {
            roles.push(&shown.who);
            roles.len() - 1
        });
        let colour = if shown.who == LAB { Style::Strong } else { Style::Actor(place) };
        let listed = question.prove.get(at).and_then(|line| line.listed);
        let mut pieces: Vec<Piece> = listed.map(|line| plain(format!("{line:<3}"))).into_iter().collect();
        pieces.extend(vec![ink(colour, &shown.who), plain(format!(": {} = ", shown.call))]);
        pieces.push(ink(if shown.wrong.is_some() { Style::Bad } else { Style::Kernel }, came(shown)));
        lines.push(Line::Labelled { label: "", pieces });
    }
    if let (Some(read), Some(answer)) = (&question.read, &proof.answer) {
        lines.push(labelled("FOUND", format!("{} {}", read.subject(), answer.shown)));
    }
    if let Some((before, after)) = proof.lines.last().and_then(|last| last.changes.as_ref()) {
        lines.push(labelled("BEFORE", before));
        lines.push(labelled("AFTER", after));
    }
    lines
}

/// What came back, with its meaning.
fn came(shown: &Shown) -> String {
    if shown.means.is_empty() { shown.outcome.clone() } else { format!("{}: {}", shown.outcome, shown.means) }
}

/// The right answer and its reason, and for a wrong one what would have to be true for it to be right.
///
/// `brief`: the right answer alone, for a student who was right.
pub fn reasons(
    asked: &Asked<'_>,
    answered: &Given,
    brief: bool,
    decision: &Decision,
    proof: &Proof,
) -> Vec<Line> {
    let question = asked.question();
    let fill = |text: &str| filled_with(text, |name| proof.names.get(name).cloned());
    let mut lines = Vec::new();
    let refusal = matches!(answered, Given::Order(_)).then(|| refused(proof)).flatten();
    lines
        .extend(refusal.map(|text| Line::Labelled { label: "REFUSED", pieces: vec![ink(Style::Bad, text)] }));
    lines.push(Line::Labelled {
        label: "ANSWER",
        pieces: vec![ink(Style::Strong, right_answer(asked, decision))],
    });
    match decision {
        Decision::Options(right) => {
            let several = right.len() > 1;
            for place in &by_letter(asked, right) {
                let why = fill(&question.options[*place].why);
                let mark = if several { format!("{}: ", asked.letter(*place)) } else { String::new() };
                lines.push(labelled("WHY", format!("{mark}{why}")));
            }
        }
        _ => lines.extend(question.why.as_ref().map(|why| labelled("WHY", fill(why)))),
    }
    lines.extend(question.source.as_ref().map(|source| labelled("READ", source)));
    let wrong = if brief { Vec::new() } else { not_right(asked, answered, decision, proof) };
    for (name, why) in wrong {
        lines.push(labelled("NOT", format!("{name}: {}", fill(&why))));
    }
    lines
}

/// Where the kernel refused the student's order.
fn refused(proof: &Proof) -> Option<String> {
    let broken = proof.lines.iter().enumerate().find(|(_, line)| line.wrong.is_some());
    match broken {
        Some((_, line)) => {
            Some(format!("here: {}: {}: {}", line.who, line.code, line.wrong.clone().unwrap_or_default()))
        }
        None => proof.missed.clone(),
    }
}

/// The wrong parts of an answer, each with its reason.
fn not_right(
    asked: &Asked<'_>,
    answered: &Given,
    decision: &Decision,
    proof: &Proof,
) -> Vec<(String, String)> {
    let question = asked.question();
    let option = |place: usize| question.options[place].why.clone();
    match (answered, decision) {
        // The others' reasons too: a student who skipped, or was right, may wonder about them.
        (Given::Options(_) | Given::Skipped, Decision::Options(right)) => asked
            .order
            .iter()
            .filter(|place| !right.contains(place))
            .map(|place| (asked.letter(*place).to_string(), option(*place)))
            .collect(),
        (Given::Typed(text), Decision::Answer(answer)) if !answer::same(text, answer) => {
            let place = typed_option(asked, text);
            place.map(|place| (text.clone(), option(place))).into_iter().collect()
        }
        (Given::Line(line), Decision::Line(right)) if line != right => {
            vec![(format!("line {line}"), of_line(question, *line, proof))]
        }
        _ => Vec::new(),
    }
}

/// Why a line of a listing is not the one: the author's reason, or what the run says.
fn of_line(question: &Question, line: usize, proof: &Proof) -> String {
    let own = question.options.iter().find(|option| option.line == Some(line));
    if let Some(option) = own {
        return option.why.clone();
    }
    let played = question.prove.iter().zip(&proof.lines).find(|(known, _)| known.listed == Some(line));
    match played {
        Some((_, shown)) if shown.wrong.is_none() => {
            format!("it goes as its author hopes: {} = {}", shown.call, came(shown))
        }
        Some(_) => "it goes wrong as well, but not first".into(),
        None if question.prove.iter().any(|known| known.listed == Some(line)) => {
            "the program does not get that far".into()
        }
        None => "it makes no call that could fail".into(),
    }
}
