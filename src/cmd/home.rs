//! `lab` alone: where you are, what is due, what comes next and with which command; and what else there is. Somebody
//! who has not begun reads where to begin. It changes nothing, and no file that can't be read stops it.

use super::{library, path};
use crate::cli::{ABOUT, OVERVIEW, OVERVIEW_WIDTH};
use crate::error::Error;
use crate::lesson::{Lesson, Part};
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::screen::{self, Colour, Display, Screen};
use crate::progress::{self, Progress};
use crate::text::Safe;

/// Shows it.
///
/// # Errors
/// A screen that can't be written to.
pub fn run() -> Result<(), Error> {
    let screen = Screen::new(Display::choose(Colour::Auto, false, false));
    let (progress, warning) = path::kept();
    if progress.lessons.is_empty() && progress.recall.is_empty() {
        written(ABOUT)?;
    } else {
        screen.show(&standing(&library::all(None)?, &progress))?;
    }
    written(OVERVIEW)?;
    screen.show(&warning.map(|warning| labelled("WARNING", warning)).into_iter().collect::<Vec<_>>())
}

fn written(text: &str) -> Result<(), Error> {
    screen::write_all(&Safe::lines(&screen::narrowed(text, OVERVIEW_WIDTH)))
}

/// Where the student is, and what comes next.
fn standing(lessons: &[Lesson], progress: &Progress) -> Vec<Line> {
    let core = || lessons.iter().filter(|lesson| lesson.part == Part::Core);
    let (done, of, core_done, core_of) =
        (path::done(lessons, progress), lessons.len(), path::done(core(), progress), core().count());
    let mut lines =
        vec![labelled("LESSONS", format!("{done} of {of} done; of the core, {core_done} of {core_of}"))];
    let predicted = progress.lessons.values().map(|lesson| lesson.predicted());
    let (right, asked) = predicted.fold((0, 0), |(right, asked), lesson| (right + lesson.0, asked + lesson.1));
    if asked > 0 {
        lines.push(labelled("PREDICTED", format!("{right} of {asked} right")));
    }
    lines.extend(due(progress));
    lines.extend(next(lessons, progress));
    lines.push(Line::Blank);
    lines
}

/// What it is time to ask again; nothing to say if nothing was ever asked.
fn due(progress: &Progress) -> Option<Line> {
    let now = progress::now();
    let text = match (progress.due(now).len(), progress.next_due(now)?) {
        (0, left) => format!("nothing now; something is again in {}", path::duration(left)),
        (due, _) => format!("{}: `lab quiz --due` asks you again", counted(due, "misconception")),
    };
    Some(labelled("DUE", text))
}

fn next(lessons: &[Lesson], progress: &Progress) -> Vec<Line> {
    let lesson = path::next(lessons, progress);
    let command = path::command(lesson, None, progress);
    let mut lines = vec![Line::Labelled { label: "NEXT", pieces: vec![ink(Style::Strong, command)] }];
    lines.extend(lesson.map(|lesson| {
        let known = progress.lessons.get(&lesson.key).filter(|known| known.steps > 0);
        let reached = known.map(|known| format!(", {}", path::reached(known.steps, known.done, lesson.len())));
        let minutes = counted(lesson.minutes(), "minute");
        let about = format!("{}, {minutes}{}", lesson.title, reached.unwrap_or_default());
        Line::Labelled { label: "", pieces: vec![plain(about)] }
    }));
    lines
}
