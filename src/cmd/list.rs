//! `lab list`: the lessons in order, a line each ([`table`]); one lesson with its steps ([`details`]); and the table of
//! the syllabus, made from the lessons themselves. It changes nothing.

mod details;
mod table;

use serde::Serialize;

use super::{banks, library, path};
use crate::cli::ListArgs;
use crate::error::Error;
use crate::lesson::{self, Bank, Lesson};
use crate::output::line::{Line, Style, ink, labelled, plain};
use crate::output::screen::{JSON_VERSION, complain, json_line};
use crate::progress::LessonProgress;
use crate::text::Safe;
use crate::trace::findings::RULES;

/// A row as JSON: fields are only ever added.
#[derive(Serialize)]
struct ListRow<'a> {
    version: u32,
    name: &'a str,
    title: &'a str,
    goal: &'a str,
    steps: usize,
    place: &'a str,
    done: bool,
    steps_done: usize,
    part: &'a str,
    minutes: usize,
    /// How many predictions were asked for, and how many were right.
    predicted: usize,
    right: usize,
    /// When it was last played, in seconds since 1970.
    last: Option<u64>,
}

#[derive(Serialize)]
struct Covered<'a> {
    version: u32,
    misconception: usize,
    belief: &'a str,
    lesson_steps: Vec<String>,
    /// The quiz's, as topic/id.
    questions: Vec<String>,
    /// What `lab trace` calls it in a student's own program.
    diagnoses: Vec<&'a str>,
    reason: Option<&'a str>,
}

pub fn run(args: &ListArgs) -> Result<(), Error> {
    let folder = args.lessons.as_deref();
    if args.coverage {
        return coverage(args, &library::all(folder)?);
    }
    let (progress, warning) = path::kept();
    let lessons = match &args.lesson {
        Some(word) => vec![library::find(Some(word), folder)?],
        None => library::all(folder)?,
    };
    let known: Vec<_> = lessons
        .iter()
        .map(|lesson| (lesson, progress.lessons.get(&lesson.key).cloned().unwrap_or_default()))
        .collect();
    if args.json {
        known.iter().try_for_each(|(lesson, known)| json_line(&row(lesson, known)))?;
        // A tool reads standard output line by line.
        warning.iter().for_each(|warning| complain(Safe::line(warning)));
        return Ok(());
    }
    let screen = args.looks.screen();
    let mut lines = match (args.lesson.is_some(), known.first()) {
        (true, Some((lesson, known))) => details::lines(lesson, known)?,
        _ => {
            let next = path::command(path::next(&lessons, &progress), folder, &progress);
            table::lines(&known, &screen, &next)
        }
    };
    lines.extend(warning.map(|warning| labelled("WARNING", warning)));
    screen.show(&lines)
}

fn row<'a>(lesson: &'a Lesson, known: &LessonProgress) -> ListRow<'a> {
    let (right, predicted) = known.predicted();
    ListRow {
        version: JSON_VERSION,
        name: &lesson.name,
        title: &lesson.title,
        goal: &lesson.goal,
        steps: lesson.len(),
        place: place(lesson),
        done: known.done,
        steps_done: known.steps,
        part: lesson.part.name(),
        minutes: lesson.minutes(),
        predicted,
        right,
        last: known.last,
    }
}

/// Where a lesson can play.
fn place(lesson: &Lesson) -> &'static str {
    if lesson.script.host { "host or sandbox" } else { "sandbox" }
}

/// Which step shows which misconception to be wrong, or why none does.
fn coverage(args: &ListArgs, lessons: &[Lesson]) -> Result<(), Error> {
    let screen = args.looks.screen();
    let mut lines = Vec::new();
    let banks = banks::read(None)?;
    for entry in lesson::syllabus()? {
        let steps: Vec<String> = lessons
            .iter()
            .flat_map(|lesson| {
                let here =
                    lesson.steps().enumerate().filter(|(_, step)| step.words.covers.contains(&entry.number));
                here.map(|(at, _)| format!("{} {}", lesson.name, at + 1))
            })
            .collect();
        let asks = |bank: &Bank| {
            let here = bank.questions.iter().filter(|question| question.covers.contains(&entry.number));
            here.map(|question| format!("{}/{}", bank.topic, question.id)).collect::<Vec<_>>()
        };
        let questions: Vec<String> = banks.iter().flat_map(asks).collect();
        let rules = RULES.iter().filter(|rule| rule.syllabus.contains(&entry.number));
        let diagnoses: Vec<&str> = rules.map(|rule| rule.name).collect();
        if args.json {
            json_line(&Covered {
                version: JSON_VERSION,
                misconception: entry.number,
                belief: &entry.belief,
                lesson_steps: steps,
                questions,
                diagnoses,
                reason: entry.reason.as_deref(),
            })?;
            continue;
        }
        let shown = match (steps.is_empty(), &entry.reason) {
            (false, _) => steps.join(", "),
            (true, Some(reason)) => format!("no step: {reason}"),
            (true, None) => "no step".to_owned(),
        };
        lines.push(Line::Heading {
            left: vec![ink(Style::Strong, format!("{:>2}  ", entry.number)), plain(entry.belief)],
            right: vec![plain(shown)],
        });
        if !questions.is_empty() {
            lines.push(labelled("", format!("lab quiz: {}", questions.join(", "))));
        }
        if !diagnoses.is_empty() {
            lines.push(labelled("", format!("lab trace: {}", diagnoses.join(", "))));
        }
    }
    screen.show(&lines)
}
