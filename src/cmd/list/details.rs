//! One lesson: what it is for, how far it was played, its steps with their calls, and the misconceptions that it shows
//! to be wrong. It reads the syllabus and nothing else.

use super::place;
use crate::cmd::{library, path};
use crate::error::Error;
use crate::lesson::{self, Lesson};
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::progress::LessonProgress;

pub fn lines(lesson: &Lesson, known: &LessonProgress) -> Result<Vec<Line>, Error> {
    let (part, minutes) = (lesson.part.name(), counted(lesson.minutes(), "minute"));
    let mut lines = vec![
        Line::Heading {
            left: vec![ink(Style::Strong, &lesson.name), plain(format!("  {}", lesson.title))],
            right: vec![plain(format!("{part} · {minutes} · {}", place(lesson)))],
        },
        labelled("GOAL", &lesson.goal),
    ];
    lines.extend(lesson.learned.iter().map(|learned| labelled("LEARNED", learned)));
    lines.push(labelled("REACHED", path::reached(known.steps, known.done, lesson.len())));
    let (right, asked) = known.predicted();
    if asked > 0 {
        lines.push(labelled("PREDICTED", format!("{right} of {asked} right")));
    }
    let steps = lesson.steps().map(|step| format!("{}: {}", step.action.who, step.action.call));
    lines.extend(numbered("STEPS", (1..).zip(steps)));
    let covered = lesson.covers();
    let syllabus = lesson::syllabus()?.into_iter();
    let beliefs = syllabus.filter(|entry| covered.contains(&entry.number));
    lines.extend(numbered("WRONG", beliefs.map(|entry| (entry.number, entry.belief))));
    if let Some(next) = library::next_after(&lesson.key, lesson.part) {
        lines.push(labelled("AFTER IT", format!("lab step-through {}", next.name)));
    }
    Ok(lines)
}

/// Rows with their numbers under one label.
fn numbered(label: &'static str, rows: impl Iterator<Item = (usize, String)>) -> impl Iterator<Item = Line> {
    let labels = std::iter::once(label).chain(std::iter::repeat(""));
    labels.zip(rows).map(|(label, (number, text))| labelled(label, format!("{number:<3}{text}")))
}
