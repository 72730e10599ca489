//! `lab demo`: one call's lesson for a room with a projector: short, prediction first, every failure one key
//! away. What the call needs is set up in a line each.

use serde::Serialize;

use super::{library, step_through};
use crate::cli::DemoArgs;
use crate::constants;
use crate::error::Error;
use crate::lesson::Lesson;
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::notes::{of_lesson, of_step};
use crate::output::screen::{JSON_VERSION, Screen, json_line};
use crate::session::{Follower, Following, Keyboard, PauseMode, numbered};
use crate::sys::signals;
use crate::sys::terminal::{self, Modes};

/// A demonstration, in the list for tools.
#[derive(Serialize)]
struct Demo<'a> {
    version: u32,
    name: &'a str,
    title: &'a str,
    minutes: usize,
    failures: usize,
}

/// A speaker's notes, for tools.
#[derive(Serialize)]
struct SpeakersNotes<'a> {
    version: u32,
    name: &'a str,
    title: &'a str,
    goal: &'a str,
    minutes: usize,
    say: &'a [String],
    answers: &'a str,
    page: &'a str,
    steps: Vec<NotedStep<'a>>,
}

#[derive(Serialize)]
struct NotedStep<'a> {
    /// As the demonstration's headings have it.
    step: usize,
    code: String,
    ask: Option<&'a str>,
    expect: String,
}

/// Demonstrates a call, prints its speaker's notes, or lists what can be demonstrated.
pub fn run(args: DemoArgs) -> Result<(), Error> {
    let lessons = demonstrable()?;
    let screen = args.run.looks.screen();
    let Some(call) = &args.call else {
        let needs_a_call = |option: &str, such: &str| {
            let what =
                format!("`{option}` needs a call: say `lab demo shmat {such}`, or another of `lab demo`");
            Err(Error::Usage(what))
        };
        if args.follow {
            return needs_a_call("--follow", "--notes --follow");
        }
        if args.run.report.report.is_some() {
            return needs_a_call("--report", "--report page.html");
        }
        return match args.run.json {
            true => lessons.iter().filter_map(Demo::of).try_for_each(|demo| json_line(&demo)),
            false => screen.show(&listed(&lessons)),
        };
    };
    let Some(lesson) = constants::in_any_case(&lessons, call, |lesson| lesson.name.clone()) else {
        let known = lessons.iter().map(|lesson| lesson.name.as_str());
        let help = constants::nearest_or_all(call, known, "there are");
        return Err(Error::Usage(format!("there is no demonstration of `{call}`: {help}")));
    };
    if args.follow {
        return follow(&args, lesson, screen);
    }
    if args.notes {
        return match (args.run.json, SpeakersNotes::of(lesson)) {
            (true, Some(notes)) => json_line(&notes),
            _ => screen.show(&notes(lesson)),
        };
    }
    step_through::play(&args.run, lesson, true, Following::default()).map(|_| ())
}

/// The notes beside a demonstration that is under way in another terminal.
fn follow(args: &DemoArgs, lesson: &Lesson, screen: Screen) -> Result<(), Error> {
    let modes = if terminal::interactive() && !args.run.pauses.line { Modes::read() } else { None };
    signals::take_over(modes.is_some());
    let keyboard = Keyboard::new(modes.map_or(PauseMode::None, PauseMode::Keys));
    Follower::new(lesson, minutes(lesson), screen, keyboard).follow()
}

/// The lessons that are named after a call they make and have a speaker's notes.
pub fn demonstrable() -> Result<Vec<Lesson>, Error> {
    let lessons = library::shipped().into_iter().map(|source| source.read(false));
    let mut lessons = lessons.collect::<Result<Vec<_>, _>>()?;
    lessons.retain(|lesson| lesson.notes.is_some() && lesson.demonstrates().next().is_some());
    Ok(lessons)
}

/// Reckoned from the steps that are shown.
fn minutes(lesson: &Lesson) -> usize {
    lesson.minutes_to_demonstrate(&numbered(lesson, true))
}

impl<'a> Demo<'a> {
    fn of(lesson: &'a Lesson) -> Option<Demo<'a>> {
        lesson.notes.as_ref()?;
        let fails = |at: &usize| lesson.step(*at).action.fails();
        let failures = numbered(lesson, true).into_iter().filter(fails).count();
        Some(Demo {
            version: JSON_VERSION,
            name: &lesson.name,
            title: &lesson.title,
            minutes: minutes(lesson),
            failures,
        })
    }
}

impl<'a> SpeakersNotes<'a> {
    fn of(lesson: &'a Lesson) -> Option<SpeakersNotes<'a>> {
        let notes = lesson.notes.as_ref()?;
        let noted = |(place, at): (usize, usize)| {
            let step = lesson.step(at);
            NotedStep {
                step: place + 1,
                code: step.action.call.to_string(),
                ask: step.words.ask.as_deref(),
                expect: step.action.expect.to_string(),
            }
        };
        let steps = numbered(lesson, true).into_iter().enumerate().map(noted);
        Some(SpeakersNotes {
            version: JSON_VERSION,
            name: &lesson.name,
            title: &lesson.title,
            goal: &lesson.goal,
            minutes: minutes(lesson),
            say: &notes.say,
            answers: &notes.answers,
            page: &notes.page,
            steps: steps.collect(),
        })
    }
}

fn listed(lessons: &[Lesson]) -> Vec<Line> {
    let mut lines = vec![labelled("DEMO", "what can be demonstrated, at a talking pace")];
    for Demo { name, title, minutes, failures, .. } in lessons.iter().filter_map(Demo::of) {
        lines.push(Line::Heading {
            left: vec![ink(Style::Strong, format!("lab demo {name:<8}")), plain(title)],
            right: vec![plain(format!("{} · {}", counted(minutes, "minute"), counted(failures, "failure")))],
        });
    }
    lines
}

/// The lesson's own notes, and a paragraph for each step that is shown.
fn notes(lesson: &Lesson) -> Vec<Line> {
    let shown = numbered(lesson, true);
    let mut lines = of_lesson(lesson, minutes(lesson));
    for place in 0..shown.len() {
        lines.push(Line::Blank);
        lines.extend(of_step(lesson, &shown, place));
    }
    lines
}
