//! `lab demo`: one call's lesson for a room with a projector: short, prediction first, every failure one key
//! away. What the call needs is set up in a line each.

use super::{library, step_through};
use crate::cli::{DemoArgs, StepThroughArgs};
use crate::constants;
use crate::error::Error;
use crate::lesson::Lesson;
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::screen::Screen;

/// Demonstrates a call, prints its speaker's notes, or lists what can be demonstrated.
///
/// # Errors
/// No such demonstration, or whatever ended it early.
pub fn run(args: DemoArgs) -> Result<(), Error> {
    let lessons = demonstrable()?;
    let screen = Screen::new(args.looks.display());
    let Some(call) = &args.call else { return screen.show(&listed(&lessons)) };
    let Some(lesson) = lessons.iter().find(|lesson| lesson.name == *call) else {
        let known = lessons.iter().map(|lesson| lesson.name.as_str());
        let help = constants::nearest_or_all(call, known, "there are");
        return Err(Error::Usage(format!("there is no demonstration of `{call}`: {help}")));
    };
    if args.notes {
        return screen.show(&notes(lesson));
    }
    let DemoArgs { pauses, host, looks, .. } = args;
    let steps = StepThroughArgs { pauses, host, looks, ..StepThroughArgs::default() };
    step_through::play(steps, lesson, true)
}

/// The lessons that are named after a call they make and have a speaker's notes.
fn demonstrable() -> Result<Vec<Lesson>, Error> {
    let lessons = library::shipped().iter().map(|source| source.read(false)).collect::<Result<Vec<_>, _>>();
    let mut lessons = lessons.map_err(Error::Lesson)?;
    lessons.retain(|lesson| lesson.notes.is_some() && lesson.demonstrates().next().is_some());
    Ok(lessons)
}

fn listed(lessons: &[Lesson]) -> Vec<Line> {
    let mut lines = vec![labelled("DEMO", "what can be demonstrated, at a talking pace")];
    for lesson in lessons {
        let minutes = lesson.minutes_to_demonstrate();
        let failures = lesson.demonstrates().filter(|step| step.action.fails()).count();
        lines.push(Line::Heading {
            left: vec![ink(Style::Strong, format!("lab demo {:<8}", lesson.name)), plain(&lesson.title)],
            right: vec![plain(format!("{} · {}", counted(minutes, "minute"), counted(failures, "failure")))],
        });
    }
    lines
}

fn notes(lesson: &Lesson) -> Vec<Line> {
    let Some(notes) = &lesson.notes else { return Vec::new() };
    let mut lines = vec![
        Line::Labelled { label: "DEMO", pieces: vec![ink(Style::Strong, &lesson.title)] },
        labelled("MINUTES", lesson.minutes_to_demonstrate().to_string()),
        labelled("GOAL", &lesson.goal),
    ];
    lines.extend(notes.say.iter().map(|say| labelled("SAY", say)));
    lines.push(labelled("ANSWERS", &notes.answers));
    lines.push(labelled("PAGE", &notes.page));
    for step in lesson.demonstrates() {
        lines.push(Line::Blank);
        lines.push(Line::Labelled {
            label: "CODE",
            pieces: vec![ink(Style::Strong, step.action.call.to_string())],
        });
        lines.extend(step.words.ask.iter().map(|ask| labelled("ASK", ask)));
        lines.push(labelled("EXPECT", step.action.expect.to_string()));
    }
    lines
}
