//! A lesson that was played, as sections of a report: each step with all that the screen says of it, from its question to
//! its evidence, the answer with its reason, the call in C, and the picture. Pure functions over what was played.

use super::code;
use super::line::{Line, words};
use super::narrate::{self, Scene};
use super::phrase::filled;
use super::picture;
use super::predict::{self, Answered, PlayedStep};
use super::quiz;
use super::report::{Block, Section, blocks};
use crate::facts::event::Event;
use crate::lesson::Lesson;
use crate::quiz::answer::Given;

/// What helps only while the run lasts.
const WHILE_IT_RUNS: [&str; 2] = ["TRY", "LOOK IN"];

/// What `e` shows besides the C and the prototype, which stand above.
const READ_ON: [&str; 2] = ["MORE", "READ"];

/// A step that was played, and before it what led up to it, where that was shown in a line.
pub fn step(scene: &Scene<'_>, set_up: Vec<Line>, played: &PlayedStep) -> Section {
    let event = &played.event;
    let mut lines: Vec<Line> = narrate::before(scene, "").into_iter().map(|(_, line)| line).collect();
    let place = |wanted: &str| lines.iter().position(|line| label(line) == Some(wanted));
    if place("IN C").is_none() {
        let call = place("CODE").map_or(lines.len(), |at| at + 1);
        lines.splice(call..call, code::lines(&scene.lesson.in_c(scene.at)));
    }
    let asked = narrate::asked(scene.lesson, scene.at);
    let reason = asked.and_then(|asked| predict::reason_of_right(&asked, played));
    for (_, line) in narrate::after(scene, played) {
        let said = label(&line) == Some("YOU SAID");
        lines.push(line);
        lines.extend(reason.clone().filter(|_| said));
    }
    let more = narrate::explained(scene.lesson, scene.at, &event.names);
    let mut section = section(scene, without(lines, |label| WHILE_IT_RUNS.contains(&label)), event);
    section.blocks.extend(blocks(without(more, |label| !READ_ON.contains(&label))));
    section.blocks.splice(0..0, blocks(set_up));
    section
}

/// What was answered, a row for each question; none where no step asked.
pub fn predictions(lesson: &Lesson, played: &[PlayedStep]) -> Option<Block> {
    let rows = played.iter().enumerate().filter_map(|(at, step)| {
        let asked = narrate::asked(lesson, at)?;
        let (right, names) = (predict::right(&asked, step)?, &step.event.names);
        let Answered::Given(given) = &step.answered else { return None };
        let said = match given {
            Given::Skipped => "don't know".to_owned(),
            given => quiz::given(&asked, given),
        };
        let question = lesson.step(at).words.ask.as_deref().unwrap_or_default();
        Some(vec![
            (at + 1).to_string(),
            filled(question, names),
            filled(&said, names),
            predict::answer(&asked, step).unwrap_or_default(),
            if right { "right" } else { "not this time" }.to_owned(),
        ])
    });
    let rows: Vec<_> = rows.collect();
    let head = ["Step", "Question", "You said", "The run says", "Verdict"].map(String::from).into();
    (!rows.is_empty()).then(|| Block::Table { caption: "Predictions".into(), head, rows })
}

/// What was played in a line, without a question.
pub fn aside(heading: &str, lines: Vec<Line>) -> Section {
    Section::new(heading, blocks(lines))
}

/// The lines of the title page that still hold when the run is over.
pub fn opening(lines: Vec<Line>) -> Vec<Block> {
    blocks(without(lines, |label| WHILE_IT_RUNS.contains(&label)))
}

/// The heading is the section's, and the picture is drawn anew.
fn section(scene: &Scene<'_>, lines: impl Iterator<Item = Line>, event: &Event) -> Section {
    let (heads, lines): (Vec<_>, Vec<_>) = lines.partition(|line| matches!(line, Line::Heading { .. }));
    let (mut heading, mut all) = (String::new(), Vec::new());
    if let Some(Line::Heading { left, right }) = heads.into_iter().next() {
        heading = words(&left);
        all.push(Block::Paragraph(right));
    }
    all.extend(blocks(lines));
    let title = format!("Processes and segments after step {}", scene.number.0);
    all.extend(picture::drawn(event, &scene.earlier_events(), title).map(Block::Picture));
    Section::new(heading, all)
}

/// A line's label; none where it goes on the line above.
fn label(line: &Line) -> Option<&'static str> {
    match line {
        Line::Labelled { label, .. } | Line::Code { label, .. } => Some(*label).filter(|it| !it.is_empty()),
        _ => None,
    }
}

/// The lines but those of some labels, with what goes on them.
fn without(lines: Vec<Line>, gone: impl Fn(&str) -> bool) -> impl Iterator<Item = Line> {
    let mut drop = false;
    let keep = move |line: &Line| {
        drop = match (label(line), line) {
            (Some(label), _) => gone(label) || label == "PICTURE",
            (None, Line::Labelled { .. } | Line::Code { .. }) => drop,
            _ => false,
        };
        !drop
    };
    lines.into_iter().filter(keep)
}
