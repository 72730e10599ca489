//! Where a student stands on the way through the lessons, and the command that leads on: for `lab` alone and for
//! `lab list`. It reads progress and changes none.

use std::cmp::Reverse;
use std::path::Path;

use crate::lesson::Lesson;
use crate::output::line::counted;
use crate::progress::{self, Progress};
use crate::text::{shell_path, shell_word};

/// The progress that is kept; without any that can be read, none, and a sentence that says why.
pub fn kept() -> (Progress, Option<String>) {
    match Progress::read() {
        Ok(progress) => (progress, None),
        Err(unread) => (Progress::default(), Some(unread.words())),
    }
}

/// How many of these lessons were played to the end.
pub fn done<'l>(lessons: impl IntoIterator<Item = &'l Lesson>, progress: &Progress) -> usize {
    let is_done = |lesson: &&Lesson| progress.lessons.get(&lesson.key).is_some_and(|known| known.done);
    lessons.into_iter().filter(is_done).count()
}

/// The lesson to play next: the one that was left last, else the first that was never played to the end. `lessons` are
/// in their order.
pub fn next<'l>(lessons: &'l [Lesson], progress: &Progress) -> Option<&'l Lesson> {
    let known = |lesson: &Lesson| progress.lessons.get(&lesson.key);
    let open = lessons.iter().enumerate().filter(|(_, lesson)| known(lesson).is_none_or(|known| !known.done));
    let begun = open.clone().filter(|(_, lesson)| known(lesson).is_some_and(|known| known.steps > 0));
    let left = begun.max_by_key(|(at, lesson)| (known(lesson).and_then(|known| known.last), Reverse(*at)));
    left.or_else(|| open.clone().next()).map(|(_, lesson)| lesson)
}

/// The command that plays a lesson, or without one the command that goes on after all of them.
pub fn command(next: Option<&Lesson>, folder: Option<&Path>, progress: &Progress) -> String {
    match (next, folder) {
        (Some(lesson), None) => format!("lab step-through {}", lesson.name),
        (Some(lesson), Some(folder)) => {
            format!("lab step-through --lessons {} {}", shell_path(folder), shell_word(&lesson.name))
        }
        (None, _) if progress.due(progress::now()).is_empty() => "lab quiz".into(),
        (None, _) => "lab quiz --due".into(),
    }
}

/// How far a lesson was played.
pub fn reached(steps: usize, done: bool, of: usize) -> String {
    match (done, steps) {
        (true, _) => "done".into(),
        (false, 0) => "not yet".into(),
        (false, steps) => format!("step {steps} of {of}"),
    }
}

/// A time that is left, in the unit that fits; what has begun counts.
pub fn duration(seconds: u64) -> String {
    let (unit, what) = match seconds {
        0..=3600 => (60, "minute"),
        3601..=86_400 => (3600, "hour"),
        _ => (86_400, "day"),
    };
    counted(usize::try_from(seconds.div_ceil(unit)).unwrap_or(usize::MAX), what)
}

#[cfg(test)]
mod tests {
    use super::super::library;
    use super::*;
    use crate::progress::LessonProgress;

    #[test]
    fn what_was_left_last_comes_next_and_else_the_first_that_is_not_done() {
        let lessons = library::all(None).expect("the lessons");
        let mut progress = Progress::default();
        let next_name = |progress: &Progress| next(&lessons, progress).map(|lesson| lesson.name.clone());
        let mut played = |name: &str, steps: usize, done: bool, last: Option<u64>| {
            let lesson = LessonProgress { steps, done, last, ..LessonProgress::default() };
            progress.lessons.insert(name.into(), lesson);
            next_name(&progress)
        };
        assert_eq!(played("sheet", 16, true, None).as_deref(), Some("why"));
        assert_eq!(played("write", 3, false, None).as_deref(), Some("write"));
        assert_eq!(
            played("shmat", 3, false, None).as_deref(),
            Some("shmat"),
            "of two without a time, the first"
        );
        assert_eq!(played("limits", 3, false, Some(9)).as_deref(), Some("limits"));
        assert_eq!(played("/own/sheet.toml", 3, false, Some(99)).as_deref(), Some("limits"));
        for lesson in &lessons {
            progress
                .lessons
                .insert(lesson.key.clone(), LessonProgress { done: true, ..LessonProgress::default() });
        }
        assert_eq!(next_name(&progress), None);
        assert_eq!(done(&lessons, &progress), lessons.len());
    }

    #[test]
    fn a_command_can_be_typed_as_it_is_shown() {
        let lessons = library::all(None).expect("the lessons");
        let command = |folder: &str| command(lessons.first(), Some(Path::new(folder)), &Progress::default());
        assert_eq!(command("own/a-b"), "lab step-through --lessons own/a-b why");
        assert_eq!(command("it's $HOME"), "lab step-through --lessons 'it'\\''s $HOME' why");
    }

    #[test]
    fn what_has_begun_counts() {
        let units = [0, 1, 60, 61, 3600, 3601, 86_400, 86_401, 60 * 86_400].map(duration);
        let wanted = [
            "0 minutes",
            "1 minute",
            "1 minute",
            "2 minutes",
            "60 minutes",
            "2 hours",
            "24 hours",
            "2 days",
            "60 days",
        ];
        assert_eq!(units, wanted);
        assert_eq!(duration(u64::MAX), "213503982334602 days");
    }
}
