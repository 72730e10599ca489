//! A quiz that was taken, as Markdown to be handed in: what was asked, what was answered, what is right and why. A pure
//! function; whatever came from a bank or from the keyboard is text that Markdown leaves alone.

use super::line::Line;
use super::markdown::{code, fenced, plain};
use super::{quiz, reasons};
use crate::lesson::QuestionKind;
use crate::quiz::answer::Given;
use crate::quiz::draw::Asked;
use crate::quiz::judge::Judged;
use crate::quiz::record::{Mark, QuizOptions};

/// What the report says of the quiz as a whole.
#[derive(Debug)]
pub struct Head<'a> {
    /// When it is written, since 1970.
    pub seconds: u64,
    pub seed: u64,
    pub wanted: &'a QuizOptions,
    /// How many questions were to be asked.
    pub of: usize,
    pub stopped: bool,
}

/// One question that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub asked: &'a Asked<'a>,
    pub mark: &'a Mark,
    pub given: &'a Given,
    pub judged: &'a Judged,
}

/// The whole file.
pub fn report(head: &Head<'_>, entries: &[Entry<'_>]) -> String {
    let mut out = format!("# lab quiz: report\n\n{}", facts(head, entries));
    for (at, entry) in entries.iter().enumerate() {
        out += &question(entry, at + 1);
        out += &answered(entry);
    }
    out
}

fn facts(head: &Head<'_>, entries: &[Entry<'_>]) -> String {
    let (asked, right) = (entries.len(), entries.iter().filter(|entry| entry.mark.right).count());
    let hints: usize = entries.iter().map(|entry| entry.mark.hints).sum();
    let skipped = entries.iter().filter(|entry| entry.mark.given.is_none()).count();
    let percent = (right * 100).checked_div(asked).unwrap_or(0);
    let mut facts = vec![
        ("Date", date(head.seconds)),
        ("Program", format!("lab {}", env!("CARGO_PKG_VERSION"))),
        ("Seed", format!("{}; `--seed {}` asks the same again", head.seed, head.seed)),
    ];
    let QuizOptions { topic, bank, missed, exam, .. } = head.wanted;
    facts.extend(topic.as_ref().map(|topic| ("Topic", plain(topic))));
    // The file's name: the folders above it are the student's own business.
    let file = |bank: &String| plain(bank.rsplit('/').next().unwrap_or(bank));
    facts.extend(bank.as_ref().map(|bank| ("Questions from", file(bank))));
    facts.extend(missed.then(|| ("Asked", "only what was answered wrong the last time".into())));
    facts.extend(exam.then(|| ("Exam", "answers and reasons came at the end".into())));
    facts.extend(head.stopped.then(|| ("Ended", format!("stopped after {asked} of {}", head.of))));
    facts.push(("Score", format!("{right} of {asked} right, {percent}%")));
    facts.push(("Hints", hints.to_string()));
    facts.push(("Skipped", skipped.to_string()));
    facts.iter().map(|(name, what)| format!("- **{name}:** {what}\n")).collect()
}

fn question(entry: &Entry<'_>, number: usize) -> String {
    let (asked, question) = (entry.asked, entry.asked.question());
    let (ask, topic) = (plain(&question.ask), plain(&asked.item.bank.topic));
    let how = quiz::how(question.kind);
    let mut out = format!(
        "\n## {number}. {ask}\n\n{}, topic {topic}, level {}, {how}\n",
        plain(&question.id),
        question.level
    );
    let mut block = quiz::code(question);
    block.extend(quiz::listing(question));
    out += &fenced(&block, "");
    let choices = quiz::choices(asked);
    if !choices.is_empty() {
        out += "\n";
    }
    for (at, text) in choices.iter().enumerate() {
        // A line of code is shown as one.
        let text = if question.kind == QuestionKind::Order { code(text) } else { plain(text) };
        out += &format!("{}. {text}\n", at + 1);
    }
    out
}

/// What the screen says of an answer, an item for each of its lines.
fn answered(entry: &Entry<'_>) -> String {
    let Entry { asked, given, judged, .. } = *entry;
    let mut lines = vec![quiz::mark(asked, given, judged.right)];
    lines.extend(reasons::reasons(asked, given, false, judged));
    lines.extend(reasons::others(asked, given, judged));
    lines.push(quiz::lesson(asked.question()));
    let item = |line: &Line| match line {
        Line::Labelled { label, pieces } => {
            let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
            format!("- **{label}** {}\n", plain(&text))
        }
        _ => String::new(),
    };
    format!("\n{}", lines.iter().map(item).collect::<String>())
}

/// `2025-11-28 07:20 UTC`: the civil calendar from a count of days (Hinnant, 2013), in eras of 400 years that begin in
/// March.
fn date(seconds: u64) -> String {
    let (days, minutes) = (seconds / 86_400 + 719_468, seconds / 60 % 1440);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02} {:02}:{:02} UTC", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_the_calendars() {
        // As `date -u -d @N` has them.
        for (seconds, text) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_735_689_599, "2024-12-31 23:59 UTC"),
            (1_764_314_400, "2025-11-28 07:20 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ] {
            assert_eq!(date(seconds), text);
        }
    }
}
