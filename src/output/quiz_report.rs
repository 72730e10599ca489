//! A quiz that was taken, as a report: what was asked, what was answered, what the kernel said, what is right and why. Pure
//! functions over what was played; whatever came from a bank or from the keyboard is text.

use super::line::{Line, counted, labelled, plain};
use super::quiz::{self, Tally};
use super::reasons::Settled;
use super::report::{About, Block, Ending, Report, Section, blocks};
use crate::lesson::QuestionKind;
use crate::quiz::record::{Mark, QuizOptions};
use crate::text::Safe;

/// What the report says of the quiz as a whole.
#[derive(Debug)]
pub struct Head<'a> {
    pub seed: u64,
    pub tally: &'a Tally,
    /// How many questions were to be asked.
    pub of: usize,
    pub how: Ending,
}

/// One question that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub of: Settled<'a>,
    pub mark: &'a Mark,
}

/// The whole of it; `events`: the same for a tool.
pub fn report(head: &Head<'_>, entries: &[Entry<'_>], events: Vec<Safe>) -> Report {
    let how = match head.how {
        Ending::Complete => "complete:",
        Ending::Stopped => "stopped after",
        Ending::Interrupted => "interrupted after",
        Ending::Failed => "ended early, after",
    };
    let ended = format!("{how} {} of {}", head.tally.score.asked, counted(head.of, "question"));
    Report {
        title: "lab quiz: report".into(),
        about: About::run(head.how, ended),
        facts: blocks(facts(head)),
        sections: (1..).zip(entries).map(|(number, entry)| section(entry, number)).collect(),
        events,
    }
}

fn facts(head: &Head<'_>) -> Vec<Line> {
    let QuizOptions { topic, bank, missed, due, exam, lesson } = &head.tally.score.wanted;
    let mut facts =
        vec![labelled("SEED", format!("{}; `--seed {}` asks the same again", head.seed, head.seed))];
    facts.extend(topic.as_ref().map(|topic| labelled("TOPIC", topic)));
    facts.extend(lesson.as_ref().map(|lesson| labelled("LESSON", lesson)));
    // The file's name: the folders above it are the student's own business.
    facts.extend(bank.as_ref().map(|bank| labelled("BANK", bank.rsplit('/').next().unwrap_or(bank))));
    facts.extend(missed.then(|| labelled("ASKED", "only what was answered wrong the last time")));
    facts.extend(due.then(|| labelled("ASKED", "only what was due to be asked again")));
    facts.extend(exam.then(|| labelled("EXAM", "answers and reasons came at the end")));
    facts.extend(quiz::score(head.tally));
    facts
}

fn section(entry: &Entry<'_>, number: usize) -> Section {
    let (asked, question) = (entry.of.asked, entry.of.asked.question());
    let about = format!(
        "{}, topic {}, level {}, {}",
        question.id,
        asked.item.bank.topic,
        question.level,
        quiz::how(question.kind)
    );
    let mut all = vec![Block::Paragraph(vec![plain(about)])];
    let code: Vec<String> = quiz::code(question).into_iter().chain(quiz::listing(question)).collect();
    all.extend((!code.is_empty()).then_some(Block::Code(code)));
    let choices = quiz::choices(asked).into_iter();
    all.extend((choices.len() > 0).then(|| match question.kind {
        // Lines of code are shown as such.
        QuestionKind::Order => {
            Block::Code((1..).zip(choices).map(|(label, text)| format!("{label}  {text}")).collect())
        }
        _ => Block::List { ordered: true, items: choices.map(|text| vec![plain(text)]).collect() },
    }));
    all.extend(blocks(answered(entry)));
    Section::new(format!("{number}. {}", question.ask), all)
}

/// What the screen says of an answer.
fn answered(entry: &Entry<'_>) -> Vec<Line> {
    let Entry { of, mark } = entry;
    let mut lines = of.kernel();
    lines.push(quiz::mark(of.asked, of.given, of.judged.right));
    lines.extend((mark.hints > 0).then(|| labelled("HINTS", mark.hints.to_string())));
    lines.extend(of.reasons(false));
    lines.extend(of.others());
    lines.push(quiz::lesson(of.asked.question()));
    lines
}
