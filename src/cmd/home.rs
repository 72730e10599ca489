//! `lab` alone: where you are, what is due, what comes next and with which command; and what else there is. A student
//! who has not begun reads where to begin. It changes nothing, and no file that can't be read stops it.

use super::{library, path};
use crate::cli::{ABOUT, DisplayOptions, OVERVIEW};
use crate::error::Error;
use crate::lesson::{Lesson, Part};
use crate::output::line::{Line, counted, labelled, strong};
use crate::output::screen;
use crate::progress::{self, Progress};
use crate::text::Safe;

/// The width that the first words are written for.
const ABOUT_WIDTH: usize = 80;
/// The column of what a command does.
const COLUMN: usize = 24;

pub fn run() -> Result<(), Error> {
    let screen = DisplayOptions::default().screen();
    let (progress, warning) = path::kept();
    if progress.lessons.is_empty() && progress.recall.is_empty() {
        screen::write_all(&Safe::lines(&screen::narrowed(ABOUT)))?;
    } else {
        screen.show(&standing(&library::all(None)?, &progress))?;
    }
    screen::write_all(&Safe::lines(&overview(screen.width())))?;
    screen.show(&warning.map(|warning| labelled("WARNING", warning)).into_iter().collect::<Vec<_>>())
}

/// What else there is: a command and what it does, beside each other if there is room.
fn overview(width: usize) -> String {
    let row = |(command, what): &(&str, &str)| {
        let (begin, indent) = match width >= ABOUT_WIDTH {
            true => (format!("  {command:<0$}", COLUMN - 2), COLUMN),
            false => (format!("  {command}\n    "), 4),
        };
        let indent = " ".repeat(indent);
        let options = textwrap::Options::new(width.min(ABOUT_WIDTH)).subsequent_indent(&indent);
        let what = textwrap::fill(what, options.initial_indent(&indent));
        format!("{begin}{}\n", what.trim_start())
    };
    format!("What else there is:\n{}", OVERVIEW.iter().map(row).collect::<String>())
}

/// Where the student is, and what comes next.
fn standing(lessons: &[Lesson], progress: &Progress) -> Vec<Line> {
    let core = || lessons.iter().filter(|lesson| lesson.part == Part::Core);
    let (done, of, core_done, core_of) =
        (path::done(lessons, progress), lessons.len(), path::done(core(), progress), core().count());
    let mut lines =
        vec![labelled("LESSONS", format!("{done} of {of} done; of the core, {core_done} of {core_of}"))];
    let predicted = progress.lessons.values().map(|lesson| lesson.predicted());
    let (right, asked) =
        predicted.fold((0, 0), |(right, asked), lesson| (right + lesson.0, asked + lesson.1));
    if asked > 0 {
        lines.push(labelled("PREDICTED", format!("{right} of {asked} right")));
    }
    lines.extend(due(progress));
    lines.extend(next(lessons, progress));
    lines.push(Line::Blank);
    lines
}

/// What it is time to ask again; nothing to say if nothing was ever asked.
fn due(progress: &Progress) -> Vec<Line> {
    let now = progress::now();
    match (progress.due(now).len(), progress.next_due(now)) {
        (_, None) => Vec::new(),
        (0, Some(left)) => {
            vec![labelled("DUE", format!("nothing now; something is again in {}", path::duration(left)))]
        }
        (due, _) => vec![
            strong("DUE", "lab quiz --due"),
            labelled("", format!("asks you again about {}", counted(due, "misconception"))),
        ],
    }
}

fn next(lessons: &[Lesson], progress: &Progress) -> Vec<Line> {
    let lesson = path::next(lessons, progress);
    let command = path::command(lesson, None, progress);
    let mut lines = vec![strong("NEXT", command)];
    lines.extend(lesson.map(|lesson| {
        let known = progress.lessons.get(&lesson.key).filter(|known| known.steps > 0);
        let reached =
            known.map(|known| format!(", {}", path::reached(known.steps, known.done, lesson.len())));
        let minutes = counted(lesson.minutes(), "minute");
        let about = format!("{}, {minutes}{}", lesson.title, reached.unwrap_or_default());
        labelled("", about)
    }));
    lines
}
