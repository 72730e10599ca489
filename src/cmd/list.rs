//! `lab list`: the lessons in order, how long they are, where they play and whether they were played; and the
//! table of the syllabus, made from the lessons themselves.

use serde::Serialize;

use super::{banks, library};
use crate::cli::ListArgs;
use crate::error::Error;
use crate::lesson::{self, Bank, Lesson};
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::screen::{Screen, complain, json_line};
use crate::progress::Progress;
use crate::text::Safe;
use crate::trace::findings::RULES;

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

/// Lists.
pub fn run(args: &ListArgs) -> Result<(), Error> {
    let lessons = match &args.lessons {
        Some(path) => library::folder(path)?,
        None => library::shipped(),
    };
    let lessons = lessons.iter().map(|source| source.read(false)).collect::<Result<Vec<_>, _>>();
    let lessons = lessons.map_err(Error::Lesson)?;
    if args.coverage {
        return coverage(args, &lessons);
    }
    let (progress, warning) = match Progress::read() {
        Ok(progress) => (progress, None),
        Err(unread) => (Progress::default(), Some(unread.words())),
    };
    let screen = Screen::new(args.looks.display());
    let mut lines = Vec::new();
    for lesson in &lessons {
        let done = progress.lessons.get(&lesson.key).cloned().unwrap_or_default();
        let place = if lesson.script.host { "host or sandbox" } else { "sandbox" };
        if args.json {
            json_line(&ListRow {
                version: 1,
                name: &lesson.name,
                title: &lesson.title,
                goal: &lesson.goal,
                steps: lesson.len(),
                place,
                done: done.done,
                steps_done: done.steps,
            })?;
            continue;
        }
        let state = match (done.done, done.steps) {
            (true, _) => "done".to_owned(),
            (false, 0) => "not yet".to_owned(),
            (false, steps) => format!("{steps} of {} steps", lesson.len()),
        };
        lines.push(Line::Heading {
            left: vec![ink(Style::Strong, &lesson.name), plain(format!("  {}", lesson.title))],
            right: vec![plain(format!("{} · {place} · {state}", counted(lesson.len(), "step")))],
        });
        lines.push(labelled("", &lesson.goal));
    }
    match warning {
        // A tool reads standard output line by line.
        Some(warning) if args.json => {
            complain(Safe::line(&warning));
        }
        warning => lines.extend(warning.map(|warning| labelled("WARNING", warning))),
    }
    screen.show(&lines)
}

/// Which step shows which misconception to be wrong, or why none does.
fn coverage(args: &ListArgs, lessons: &[Lesson]) -> Result<(), Error> {
    let screen = Screen::new(args.looks.display());
    let mut lines = Vec::new();
    let banks = banks::read(None)?;
    for entry in lesson::syllabus().map_err(Error::Lesson)? {
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
                version: 1,
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
