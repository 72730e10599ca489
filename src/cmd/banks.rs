//! Question banks for the commands: where they come from, and their validation: each question played in a process
//! and a sandbox of its own. It changes nothing.

use std::path::Path;

use super::library::{self, Source};
use super::validate::report::state;
use crate::diagnostic::Diagnostic;
use crate::error::Error;
use crate::lesson::{self, Bank, Question, QuestionKind};
use crate::output::line::{Line, labelled, plain};
use crate::output::quiz;
use crate::output::screen::Screen;
use crate::quiz::across::across;
use crate::quiz::decide::{Decision, said, verify};
use crate::quiz::draw::Item;
use crate::text::path_text;

/// What validating banks came to.
#[derive(Debug, Default)]
pub struct BankReport {
    pub good: usize,
    pub diagnostics: Vec<Diagnostic>,
    /// Questions that this machine can't decide: the bank's file, and why.
    pub skipped: Vec<(String, String)>,
}

/// The lessons that these questions send back to, as far as they exist, and how many steps they have. No other lesson is
/// read.
fn lessons(banks: &[Bank]) -> Result<Vec<(String, usize)>, Error> {
    let questions = || banks.iter().flat_map(|bank| &bank.questions);
    let meant = |source: &Source| {
        let name = source.name();
        questions().any(|question| question.lesson.0 == name)
    };
    let read = library::shipped().into_iter().filter(meant).map(|source| source.read(false));
    let lessons = read.collect::<Result<Vec<_>, _>>()?;
    Ok(lessons.into_iter().map(|lesson| (lesson.name.clone(), lesson.len())).collect())
}

/// The banks of a file or folder, or those that come with lab: at least one, and without a mistake.
pub fn read(path: Option<&Path>) -> Result<Vec<Bank>, Error> {
    let sources = match path {
        None => library::shipped_banks(),
        Some(path) if path.is_dir() => library::folder(path)?.into_iter().filter(Source::is_bank).collect(),
        Some(path) => vec![library::file(path)?],
    };
    let (mut banks, mut diagnostics) = (Vec::new(), Vec::new());
    for source in &sources {
        match source.bank(false) {
            Ok(bank) => banks.push(bank),
            Err(found) => diagnostics.extend(found),
        }
    }
    if path.is_some() {
        let syllabus = lesson::syllabus()?;
        diagnostics.extend(across(&banks, &lessons(&banks)?, &syllabus));
    }
    match (diagnostics.is_empty(), banks.is_empty()) {
        (false, _) => Err(Error::Lesson(diagnostics)),
        (true, true) => {
            let folder = path.map(path_text).unwrap_or_default();
            Err(Error::Usage(format!(
                "`{folder}` holds no questions: a bank is a .toml file with [[question]]"
            )))
        }
        (true, false) => Ok(banks),
    }
}

/// Whether a question that comes with lab sends back to this lesson. Banks are read until one does, and first the one
/// that has the lesson's name.
pub fn any_sends_back_to(lesson: &str) -> Result<bool, Error> {
    let mut sources = library::shipped_banks();
    sources.sort_by_key(|source| source.name() != lesson);
    // Most files do not name it, and need not be read.
    for source in sources.iter().filter(|source| source.mentions(lesson)) {
        let bank = source.bank(false)?;
        if bank.questions.iter().any(|question| question.lesson.0 == lesson) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Validates banks and reports each to a person; `answers`: whether with the answer of each question.
///
/// # Errors
/// Whatever ended the run; mistakes are in the report.
pub fn validate(screen: Option<&Screen>, sources: &[Source], answers: bool) -> Result<BankReport, Error> {
    let mut report = BankReport::default();
    let mut banks = Vec::new();
    for source in sources {
        match source.bank(true) {
            Ok(bank) => banks.push(bank),
            Err(diagnostics) => report.diagnostics.extend(diagnostics),
        }
    }
    let syllabus = lesson::syllabus()?;
    report.diagnostics.extend(across(&banks, &lessons(&banks)?, &syllabus));
    for bank in &banks {
        let known = report.diagnostics.len();
        let mut lines = Vec::new();
        let mut skipped = 0;
        for question in &bank.questions {
            let (decision, line) = judged(bank, question)?;
            match decision {
                Decision::Invalid(diagnostics) => report.diagnostics.extend(diagnostics),
                Decision::Skipped(why) => {
                    skipped += 1;
                    report.skipped.push((bank.file.clone(), format!("{}: {why}", question.id)));
                    lines.push(line);
                }
                _ if answers => lines.push(line),
                _ => {}
            }
        }
        let wrong = report.diagnostics[known..].len()
            + report.diagnostics[..known].iter().filter(|diagnostic| diagnostic.file == bank.file).count();
        report.good += usize::from(wrong == 0);
        let Some(screen) = screen else { continue };
        let left = vec![plain(format!("{}  {} questions", bank.file, bank.questions.len()))];
        screen.show(&[Line::Heading { left, right: vec![state(wrong > 0, false, skipped)] }])?;
        screen.show(&lines)?;
    }
    Ok(report)
}

fn judged(bank: &Bank, question: &Question) -> Result<(Decision, Line), Error> {
    let (decision, proof) = verify(Item { bank, question })?;
    let text = match &decision {
        Decision::Skipped(why) => format!("{}: skipped: {why}", question.id),
        decision => {
            let answer = quiz::answer(question, decision);
            // What an author wants to know of a proof: the answer, and what it rests on.
            let said = match question.kind {
                QuestionKind::Predict | QuestionKind::Several | QuestionKind::Number => {
                    format!(" ({})", said(&proof))
                }
                _ => String::new(),
            };
            format!("{}: {answer}{said}", question.id)
        }
    };
    Ok((decision, labelled("", text)))
}
