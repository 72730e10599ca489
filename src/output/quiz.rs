//! The quiz in words and lines: questions, options, what the kernel said, the score. Pure functions; every right
//! answer in them comes from a run, or, in theory, from a page that is named.

use super::line::{Line, Style, ink, inked, labelled, plain, strong};
use super::phrase::way_to;
use crate::lesson::{Choice, Claim, Expect, Expr, Op, Played, Question, QuestionKind};
use crate::quiz::answer::{self, Given, SOME_LABELS, an_order};
use crate::quiz::decide::Decision;
use crate::quiz::draw::{Asked, LABELS};
use crate::quiz::record::Score;
use crate::text::shortened;

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
        Decision::Invalid(_) => String::new(),
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
pub fn how(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Predict => "one is right",
        QuestionKind::Several => "several may be right",
        QuestionKind::Number => "type it",
        QuestionKind::Order => "put in order",
        QuestionKind::Bug => "name the line",
        QuestionKind::Theory => "theory",
    }
}

/// A question. `number` counts from 1.
pub fn question(asked: &Asked<'_>, number: usize, of: usize) -> Vec<Line> {
    let question = asked.question();
    let topic = &asked.item.bank.topic;
    let mut lines = vec![
        Line::Heading {
            left: vec![ink(Style::Strong, format!("Question {number} of {of} · {topic}"))],
            right: vec![plain(format!("level {} · {}", question.level, how(question.kind)))],
        },
        labelled("ASK", &question.ask),
    ];
    match question.kind {
        QuestionKind::Several => lines.push(labelled("CHOOSE", "all that are true; there may be several.")),
        QuestionKind::Theory => lines.push(labelled("THEORY", "no run can prove this; the book decides.")),
        _ => {}
    }
    lines.extend(under("CODE", code(question)));
    lines.extend(under("LISTING", listing(question)));
    for (at, text) in choices(asked).into_iter().enumerate() {
        lines.push(labelled(LABELS.get(at).copied().unwrap_or("?"), text));
    }
    lines
}

/// Lines under one label.
fn under(label: &'static str, lines: impl IntoIterator<Item = String>) -> impl Iterator<Item = Line> {
    lines.into_iter().enumerate().map(move |(at, line)| labelled(if at == 0 { label } else { "" }, line))
}

/// The calls that lead up to what is asked, as far as they may be seen before the answer.
pub fn code(question: &Question) -> Vec<String> {
    if question.hidden || question.kind == QuestionKind::Bug {
        return Vec::new();
    }
    question.prove.iter().map(Played::who_and_call).collect()
}

/// The lines of the listing with their numbers.
pub fn listing(question: &Question) -> impl Iterator<Item = String> {
    question.listing.iter().enumerate().map(|(at, line)| format!("{:<3}{line}", at + 1))
}

/// What the labels stand for, in their order.
pub fn choices(asked: &Asked<'_>) -> Vec<String> {
    let question = asked.question();
    let line = |place: &usize| question.order[*place].who_and_call();
    match question.kind {
        QuestionKind::Number | QuestionKind::Bug => Vec::new(),
        QuestionKind::Order => asked.order.iter().map(line).collect(),
        _ => asked.order.iter().map(|place| in_words(&question.options[*place])).collect(),
    }
}

/// The prompt, in the longest form that fits.
pub fn prompt(asked: &Asked<'_>, number: usize, of: usize, width: usize) -> String {
    let last = asked.labels();
    let wanted = match asked.question().kind {
        QuestionKind::Predict | QuestionKind::Theory => format!("1-{last}"),
        QuestionKind::Several => format!("such as {SOME_LABELS}"),
        QuestionKind::Number if asked.question().is_about_a_number() => "a number".into(),
        QuestionKind::Number => "a text".into(),
        QuestionKind::Order => format!("such as {}", an_order(last)),
        QuestionKind::Bug => "line".into(),
    };
    let place = format!("[{number}/{of}]");
    let whole = format!("{place}  {wanted} · {} > ", answer::keys(|key| key.brief, " · "));
    let keys = answer::KEYS.map(|key| key.key).join(" ");
    let brief = format!("{place} {wanted} {keys} > ");
    // With room for a short answer beside it.
    if whole.chars().count() + 8 <= width { whole } else { brief }
}

/// What was answered, as the screen calls it.
pub fn given(asked: &Asked<'_>, given: &Given) -> String {
    match given {
        Given::Options(places) => {
            let option = |place: &usize| {
                format!("{}: {}", asked.label(*place), in_words(&asked.question().options[*place]))
            };
            by_label(asked, places).iter().map(option).collect::<Vec<_>>().join("; ")
        }
        // What is longer answers nothing, and would push the verdict off the screen.
        Given::Typed(text) => shortened(text, 200).into_owned(),
        Given::Order(places) => labels(asked, places),
        Given::Line(line) => format!("line {line}"),
        Given::Skipped => "skipped".into(),
    }
}

/// Places in the file in the order of their labels.
pub fn by_label(asked: &Asked<'_>, places: &[usize]) -> Vec<usize> {
    let mut places = places.to_vec();
    places.sort_by_key(|place| asked.label(*place));
    places
}

fn labels(asked: &Asked<'_>, places: &[usize]) -> String {
    places.iter().map(|place| asked.label(*place).to_string()).collect::<Vec<_>>().join(" ")
}

/// Whether it was right.
pub fn mark(asked: &Asked<'_>, answer: &Given, right: bool) -> Line {
    let (label, colour) = match (answer, right) {
        (Given::Skipped, _) => ("SKIPPED", Style::Plain),
        (_, true) => ("RIGHT", Style::Good),
        (_, false) => ("NOT THIS TIME", Style::Bad),
    };
    let text = match answer {
        Given::Skipped => "no credit, and here is the answer".to_owned(),
        answer => given(asked, answer),
    };
    inked(label, colour, text)
}

/// The right answer with the labels of this run.
pub fn right_answer(asked: &Asked<'_>, decision: &Decision) -> String {
    match decision {
        Decision::Options(right) => given(asked, &Given::Options(right.clone())),
        Decision::Order => {
            let file: Vec<usize> = (0..asked.order.len()).collect();
            format!("{}, or any other order in which all goes well", labels(asked, &file))
        }
        decision => answer(asked.question(), decision),
    }
}

/// The way back to the lesson.
pub fn lesson(question: &Question) -> Line {
    labelled("LESSON", way_to(&question.lesson))
}

/// What a quiz came to.
#[derive(Debug)]
pub struct Tally {
    /// With what was wanted.
    pub score: Score,
    pub hints: usize,
    pub skipped: usize,
    /// The last quiz of the same kind.
    pub before: Option<Score>,
}

/// The score, and how it compares with the last time.
pub fn score(Tally { score, hints, skipped, before }: &Tally) -> Vec<Line> {
    let (right, asked, percent) = (score.right, score.asked, score.percent());
    let mut lines = vec![
        strong("SCORE", format!("{right} of {asked} right, {percent}%")),
        labelled("HINTS", hints.to_string()),
    ];
    lines.extend((*skipped > 0).then(|| labelled("SKIPPED", skipped.to_string())));
    lines.extend(before.as_ref().map(|before| {
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
