//! The quiz in words and lines: questions, options, what the kernel said, the score. Pure functions; every right
//! answer in them comes from a run, or, in theory, from a page that is named.

use super::line::{Ink, Line, Piece, ink, labelled, plain};
use super::narrate::filled_with;
use crate::lesson::{Choice, Claim, Expect, Expr, Kind, Op, Question};
use crate::quiz::check::Decision;
use crate::quiz::deal::{Asked, letter};
use crate::quiz::given::{self, Given, typed_option};
use crate::quiz::proof::{Proof, Shown};
use crate::quiz::record::Score;

/// The labels of options: a screen's landmarks.
const LETTERS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// A decision in one line: the right answer as it is shown.
pub fn answer(question: &Question, decision: &Decision) -> String {
    match decision {
        Decision::Options(right) => {
            let options = right.iter().filter_map(|at| question.options.get(*at));
            options.map(in_words).collect::<Vec<_>>().join("; ")
        }
        Decision::Answer(answer) => answer.shown.clone(),
        Decision::Line(line) => format!("line {line}"),
        Decision::Order => "any order in which all goes well".into(),
        Decision::Skipped(why) => why.clone(),
        Decision::Wrong(_) => String::new(),
    }
}

/// An option as it is shown.
pub fn in_words(option: &Choice) -> String {
    match (&option.say, &option.is) {
        (Some(say), _) => say.clone(),
        (None, Some(claim)) => claimed(claim),
        (None, None) => String::new(),
    }
}

/// The value that an option of a number question claims.
pub fn value(option: &Choice) -> String {
    let compared = option.is.as_ref().and_then(Claim::compared);
    compared.map_or_else(|| in_words(option), ToString::to_string)
}

fn claimed(claim: &Claim) -> String {
    let outcome = claim.outcome.as_ref().map(|outcome| match outcome {
        Expect::Ok => "it works".to_owned(),
        Expect::Errno(row) => format!("it fails with {}", row.name),
        Expect::Signal(row) => format!("the process dies of {}", row.name),
        Expect::Blocks => "it does not come back: the process sleeps inside it".to_owned(),
        Expect::Value(Op::Equal, Expr::Text(_)) => format!("it reads {outcome}"),
        Expect::Value(Op::Equal, value) => format!("it returns {value}"),
        Expect::Value(..) => format!("it returns something {outcome}"),
    });
    let looks = claim.looks.iter().map(ToString::to_string);
    outcome.into_iter().chain(looks).collect::<Vec<_>>().join(", ")
}

/// How a question is to be answered, in two words.
pub fn how(kind: Kind) -> &'static str {
    match kind {
        Kind::Predict => "one is right",
        Kind::Several => "several may be right",
        Kind::Number => "type it",
        Kind::Order => "put in order",
        Kind::Bug => "name the line",
        Kind::Theory => "theory",
    }
}

/// A question. `number` counts from 1.
pub fn question(asked: &Asked<'_>, number: usize, of: usize) -> Vec<Line> {
    let question = asked.question();
    let topic = &asked.item.bank.topic;
    let mut lines = vec![
        Line::Heading {
            left: vec![ink(Ink::Strong, format!("Question {number} of {of} · {topic}"))],
            right: vec![plain(format!("level {} · {}", question.level, how(question.kind)))],
        },
        labelled("ASK", &question.ask),
    ];
    match question.kind {
        Kind::Several => lines.push(labelled("CHOOSE", "all that are true; there may be several.")),
        Kind::Theory => lines.push(labelled("THEORY", "no run can prove this; the book decides.")),
        _ => {}
    }
    let code = code(question).into_iter().enumerate();
    lines.extend(code.map(|(at, line)| labelled(if at == 0 { "CODE" } else { "" }, line)));
    for (at, line) in question.listing.iter().enumerate() {
        lines.push(labelled(if at == 0 { "LISTING" } else { "" }, format!("{:<3}{line}", at + 1)));
    }
    for (at, text) in choices(asked).into_iter().enumerate() {
        lines.push(labelled(LETTERS.get(at).copied().unwrap_or("?"), text));
    }
    lines
}

/// The calls that lead up to what is asked, as far as they may be seen before the answer.
pub fn code(question: &Question) -> Vec<String> {
    if question.hidden || question.kind == Kind::Bug {
        return Vec::new();
    }
    question.prove.iter().map(|line| format!("{}: {}", line.step.who, line.step.call)).collect()
}

/// What the letters stand for, in their order.
pub fn choices(asked: &Asked<'_>) -> Vec<String> {
    let question = asked.question();
    let line = |place: &usize| {
        let step = &question.order[*place].step;
        format!("{}: {}", step.who, step.call)
    };
    match question.kind {
        Kind::Number | Kind::Bug => Vec::new(),
        Kind::Order => asked.order.iter().map(line).collect(),
        _ => asked.order.iter().map(|place| in_words(&question.options[*place])).collect(),
    }
}

/// The prompt, in the longest form that fits.
pub fn prompt(asked: &Asked<'_>, number: usize, of: usize, width: usize) -> String {
    let last = letter(asked.letters().saturating_sub(1));
    let wanted = match asked.question().kind {
        Kind::Predict | Kind::Theory => format!("a-{last}"),
        Kind::Several => format!("such as a {last}"),
        Kind::Number if asked.question().is_about_a_number() => "a number".into(),
        Kind::Number => "a text".into(),
        Kind::Order => "such as b a ...".into(),
        Kind::Bug => "line".into(),
    };
    let place = format!("[{number}/{of}]");
    let whole = format!("{place}  {wanted} · ? hint · s skip · q stop > ");
    let brief = format!("{place} {wanted} ? s q > ");
    // With room for a short answer beside it.
    if whole.chars().count() + 8 <= width { whole } else { brief }
}

/// What was answered, as the screen calls it.
pub fn given(asked: &Asked<'_>, given: &Given) -> String {
    match given {
        Given::Options(places) => {
            let option = |place: &usize| {
                format!("{}: {}", asked.letter(*place), in_words(&asked.question().options[*place]))
            };
            by_letter(asked, places).iter().map(option).collect::<Vec<_>>().join("; ")
        }
        Given::Typed(text) => text.escape_debug().collect(),
        Given::Order(places) => letters(asked, places),
        Given::Line(line) => format!("line {line}"),
        Given::Skipped => "skipped".into(),
    }
}

/// Places in the file in the order of their letters.
fn by_letter(asked: &Asked<'_>, places: &[usize]) -> Vec<usize> {
    let mut places = places.to_vec();
    places.sort_by_key(|place| asked.letter(*place));
    places
}

fn letters(asked: &Asked<'_>, places: &[usize]) -> String {
    places.iter().map(|place| asked.letter(*place).to_string()).collect::<Vec<_>>().join(" ")
}

/// Whether it was right.
pub fn mark(asked: &Asked<'_>, answer: &Given, right: bool) -> Line {
    let (label, colour) = match (answer, right) {
        (Given::Skipped, _) => ("SKIPPED", Ink::Plain),
        (_, true) => ("RIGHT", Ink::Good),
        (_, false) => ("WRONG", Ink::Bad),
    };
    let text = match answer {
        Given::Skipped => "no credit, and here is the answer".to_owned(),
        answer => given(asked, answer),
    };
    Line::Labelled { label, pieces: vec![ink(colour, text)] }
}

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
        let colour = if shown.who == crate::lesson::LAB { Ink::Strong } else { Ink::Actor(place) };
        let listed = question.prove.get(at).and_then(|line| line.listed);
        let mut pieces: Vec<Piece> = listed.map(|line| plain(format!("{line:<3}"))).into_iter().collect();
        pieces.extend(vec![ink(colour, &shown.who), plain(format!(": {} = ", shown.call))]);
        pieces.push(ink(if shown.wrong.is_some() { Ink::Bad } else { Ink::Kernel }, came(shown)));
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
/// `brief`: the right answer alone, for who was right.
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
    lines.extend(refusal.map(|text| Line::Labelled { label: "REFUSED", pieces: vec![ink(Ink::Bad, text)] }));
    lines.push(Line::Labelled {
        label: "ANSWER",
        pieces: vec![ink(Ink::Strong, right_answer(asked, decision))],
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

/// The right answer with the letters of this run.
pub fn right_answer(asked: &Asked<'_>, decision: &Decision) -> String {
    match decision {
        Decision::Options(right) => given(asked, &Given::Options(right.clone())),
        Decision::Order => {
            let file: Vec<usize> = (0..asked.order.len()).collect();
            format!("{}, or any other order in which all goes well", letters(asked, &file))
        }
        decision => answer(asked.question(), decision),
    }
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
        // The others' reasons too: who has skipped, or was right, may wonder about them.
        (Given::Options(_) | Given::Skipped, Decision::Options(right)) => asked
            .order
            .iter()
            .filter(|place| !right.contains(place))
            .map(|place| (asked.letter(*place).to_string(), option(*place)))
            .collect(),
        (Given::Typed(text), Decision::Answer(answer)) if !given::same(text, answer) => {
            let place = typed_option(asked, text);
            place.map(|place| (text.escape_debug().to_string(), option(place))).into_iter().collect()
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

/// The way back to the lesson.
pub fn lesson(question: &Question) -> Line {
    let (name, step) = &question.lesson;
    labelled("LESSON", format!("lab step-through {name} --from {step}"))
}

/// The score, and how it compares with the last time.
pub fn score(score: &Score, hints: usize, skipped: usize, before: Option<&Score>) -> Vec<Line> {
    let (right, asked, percent) = (score.right, score.asked, score.percent());
    let mut lines = vec![Line::Labelled {
        label: "SCORE",
        pieces: vec![ink(Ink::Strong, format!("{right} of {asked} right, {percent}%"))],
    }];
    lines.push(labelled("HINTS", hints.to_string()));
    if skipped > 0 {
        lines.push(labelled("SKIPPED", skipped.to_string()));
    }
    lines.extend(before.map(|before| {
        let was = before.percent();
        let how = match percent.cmp(&was) {
            std::cmp::Ordering::Less => "less than last time",
            std::cmp::Ordering::Equal => "the same as last time",
            std::cmp::Ordering::Greater => "more than last time",
        };
        labelled("BEFORE", format!("{how}: {} of {} right, {was}%", before.right, before.asked))
    }));
    lines
}
