//! The lessons as a table: a line each, so that twenty of them fit 24 rows. Where the titles do not fit, they
//! go; in plain mode a line is a sentence's worth of words with commas. It reads nothing.

use crate::cmd::path;
use crate::lesson::Lesson;
use crate::output::line::{Line, Style, counted, ink, labelled, plain};
use crate::output::screen::Screen;
use crate::progress::LessonProgress;
use crate::text::{self, columns};

/// The narrowest title that is worth its room.
const MIN_TITLE: usize = 12;
/// The widest column of names: the shipped ones are narrower, and a longer one moves its own row only.
const MAX_NAME: usize = 20;

/// A lesson and how far it was played.
type Row<'l> = (&'l Lesson, LessonProgress);

/// The table, and the line that follows. `next`: the command that goes on.
pub fn lines(rows: &[Row<'_>], screen: &Screen, next: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let names =
        rows.iter().map(|(lesson, _)| columns(&text::line(&lesson.name))).max().unwrap_or(0).min(MAX_NAME);
    for (at, (lesson, known)) in rows.iter().enumerate() {
        if screen.look.plain {
            lines.push(in_words(at + 1, lesson, known));
            continue;
        }
        if at == 0 || rows[at - 1].0.part != lesson.part {
            lines.push(Line::Heading {
                left: vec![ink(Style::Strong, lesson.part.name().to_uppercase())],
                right: vec![plain(cells("min", "reached", "right"))],
            });
        }
        lines.push(row(at + 1, (lesson, known), names, screen));
    }
    let minutes: usize = rows.iter().map(|(lesson, _)| lesson.minutes()).sum();
    let done = rows.iter().filter(|(_, known)| known.done).count();
    let (of, minutes) = (counted(rows.len(), "lesson"), counted(minutes, "minute"));
    lines.push(labelled("TOTAL", format!("{of}, {minutes}, {done} done. Next: {next}")));
    lines
}

fn row(number: usize, (lesson, known): (&Lesson, &LessonProgress), names: usize, screen: &Screen) -> Line {
    let (right, asked) = known.predicted();
    let reached = match (known.done, known.steps) {
        (false, 1..) => format!("step {}/{}", known.steps, lesson.len()),
        (done, steps) => path::reached(steps, done, lesson.len()),
    };
    // A blank at a row's end would be copied with it.
    let predicted = if asked > 0 { format!("{right}/{asked}") } else { "-".into() };
    let right = cells(&lesson.minutes().to_string(), &reached, &predicted);
    let name = text::line(&lesson.name);
    let name = format!("{name}{}", " ".repeat(names.saturating_sub(columns(&name))));
    let number = format!("{number:>2} ");
    // Two blanks before the title, and two behind it.
    let room = screen.width().saturating_sub(columns(&number) + columns(&name) + columns(&right) + 4);
    let mut left = vec![plain(number), ink(Style::Strong, name)];
    if room >= MIN_TITLE {
        left.push(plain(format!("  {}", fitted(&text::line(&lesson.title), room, screen.look.ascii))));
    }
    Line::Heading { left, right: vec![plain(right)] }
}

/// The columns at the right, as wide as they ever are.
fn cells(minutes: &str, reached: &str, predicted: &str) -> String {
    format!("{minutes:>3}  {reached:<10}  {predicted:>5}")
}

/// A text in this number of columns. What stands for the rest takes three of them, since in ASCII it has three signs.
fn fitted(text: &str, room: usize, ascii: bool) -> String {
    if columns(text) <= room {
        return text.into();
    }
    let mut end = 0;
    for (at, c) in text.char_indices() {
        if columns(&text[..at + c.len_utf8()]) > room.saturating_sub(3) {
            break;
        }
        end = at + c.len_utf8();
    }
    format!("{}{}", text[..end].trim_end(), if ascii { "..." } else { "…" })
}

fn in_words(number: usize, lesson: &Lesson, known: &LessonProgress) -> Line {
    let (right, asked) = known.predicted();
    let predicted = if asked > 0 { format!(", {right} of {asked} predictions right") } else { String::new() };
    let reached = path::reached(known.steps, known.done, lesson.len());
    let (part, minutes) = (lesson.part.name(), counted(lesson.minutes(), "minute"));
    Line::Heading {
        left: vec![plain(format!("{number} {}: {}", lesson.name, lesson.title))],
        right: vec![plain(format!("{part}, {minutes}, {reached}{predicted}"))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_ends_within_its_room() {
        assert_eq!(fitted("twelve chars", 12, false), "twelve chars");
        assert_eq!(fitted("thirteen char", 12, false), "thirteen…");
        assert_eq!(fitted("世世世世世世世", 12, false), "世世世世…");
        assert_eq!(fitted("世", 1, false), "…");
        assert_eq!(fitted("thirteen char", 12, true), "thirteen...");
    }
}
