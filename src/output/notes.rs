//! A speaker's notes as lines: the lesson's own, and those of each step that a demonstration shows. Pure functions; what
//! the kernel said about a step comes from the demonstration that has played it.

use super::code;
use super::line::{Line, Style, ink, labelled, plain, strong};
use super::narrate;
use super::page::{Part, Rank, kept};
use super::predict;
use super::quiz::in_words;
use crate::facts::outcome::{Bindings, Value};
use crate::lesson::Lesson;
use crate::quiz::draw::Asked;
use crate::text::filled_with;

/// How far a demonstration is with a step.
#[derive(Debug, Default)]
pub struct Progressed<'a> {
    pub played: bool,
    /// The right answer to the step's question, once the kernel has given it.
    pub answer: Option<&'a str>,
    /// What the names in the sentences stand for by now.
    pub names: Bindings,
}

/// What the lesson has for a speaker: `minutes` as reckoned.
pub fn of_lesson(lesson: &Lesson, minutes: usize) -> Vec<Line> {
    let Some(notes) = &lesson.notes else { return Vec::new() };
    let mut lines = vec![
        strong("DEMO", &lesson.title),
        labelled("MINUTES", minutes.to_string()),
        labelled("GOAL", &lesson.goal),
    ];
    lines.extend(notes.say.iter().map(|say| labelled("SAY", say)));
    lines.push(labelled("ANSWERS", &notes.answers));
    lines.push(labelled("PAGE", &notes.page));
    lines
}

/// The step at this place of those that are `shown`, before anybody has played it.
pub fn of_step(lesson: &Lesson, shown: &[usize], place: usize) -> Vec<Line> {
    announced(lesson, shown, place, &Bindings::new()).into_iter().map(|(_, line)| line).collect()
}

/// The same step with everything that a speaker needs while it is on the screen.
pub fn at_step(lesson: &Lesson, shown: &[usize], place: usize, how_far: &Progressed<'_>) -> Vec<Part> {
    let at = shown[place];
    let (words, names) = (lesson.step(at).words, &how_far.names);
    let mut parts = announced(lesson, shown, place, names);
    parts.extend(outcome(how_far).map(kept));
    if let Some(asked) = narrate::asked(lesson, at) {
        parts.extend(reasons(&asked, names).into_iter().map(|line| (Rank::Sheet, line)));
    }
    parts.push(kept(labelled("MEANS", filled(&words.say, names))));
    parts.extend(words.more.iter().map(|more| (Rank::Theory, labelled("MORE", filled(more, names)))));
    parts.push(kept(next(lesson, shown, place)));
    parts
}

/// That the step was played, and with a question what the kernel's answer is.
pub fn outcome(how_far: &Progressed<'_>) -> Option<Line> {
    match how_far.answer {
        Some(answer) => Some(labelled("ANSWER", answer)),
        None => how_far.played.then(|| labelled("PLAYED", "what came back is on the other screen")),
    }
}

/// Heading, call, question, options, and what the lesson expects.
fn announced(lesson: &Lesson, shown: &[usize], place: usize, names: &Bindings) -> Vec<Part> {
    let at = shown[place];
    let step = lesson.step(at);
    let title = format!("Step {} of {} · {}", place + 1, shown.len(), step.action.call.title());
    let mut lines = vec![
        Line::Heading { left: vec![ink(Style::Strong, title)], right: vec![plain(&step.action.who)] },
        code::line(ink(Style::Strong, step.action.call.to_string()), &lesson.in_c(at), false),
    ];
    lines.extend(step.words.ask.iter().map(|ask| labelled("ASK", filled(ask, names))));
    if let Some(asked) = narrate::asked(lesson, at) {
        lines.extend(predict::options(&asked, names, None));
    }
    lines.push(labelled("EXPECT", step.action.expect.to_string()));
    lines.into_iter().map(kept).collect()
}

/// A sentence with values in it. A name that stands for nothing yet stays without its braces.
fn filled(text: &str, names: &Bindings) -> String {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    filled_with(text, |name| {
        let value = names.get(name).map(Value::in_words);
        value.or_else(|| is_name(name).then(|| name.to_owned()))
    })
}

/// Why each of the other options is wrong, where the lesson says so.
fn reasons(asked: &Asked<'_>, names: &Bindings) -> Vec<Line> {
    let options = asked.question().options.iter().enumerate().filter(|(_, option)| !option.why.is_empty());
    let reason = |(number, (place, option)): (usize, (usize, &crate::lesson::Choice))| {
        let which = match asked.labels() {
            0 => in_words(option),
            _ => asked.label(place).to_string(),
        };
        let label = if number == 0 { "WHY NOT" } else { "" };
        labelled(label, format!("{which}: {}", filled(&option.why, names)))
    };
    options.enumerate().map(reason).collect()
}

/// The call that the next page shows.
fn next(lesson: &Lesson, shown: &[usize], place: usize) -> Line {
    let words = shown.get(place + 1).map(|at| {
        let action = lesson.step(*at).action;
        format!("step {}: {}: {}", place + 2, action.who, action.call)
    });
    labelled("NEXT", words.unwrap_or_else(|| "nothing, because this is the last step".into()))
}
