//! `lab quiz`: has a quiz dealt and taken, or writes the questions out for other tools.

use super::{banks, clean, export, library, path};
use crate::cli::QuizArgs as Args;
use crate::error::Error;
use crate::lesson::Bank;
use crate::output::line::labelled;
use crate::output::quiz_json::QuizEvent;
use crate::output::screen::{JSON_VERSION, Screen, json_line};
use crate::progress::{self, Progress};
use crate::quiz::deal::{self, Dealt, Known};
use crate::quiz::draw::Item;
use crate::quiz::record::{Open, QuizOptions, QuizRecord};
use crate::session::quiz::{Quiz, QuizPlan};
use crate::session::{self, Output};
use crate::sys::{self, signals, terminal};

/// How many questions are asked where nothing else is said.
const DEFAULT_COUNT: usize = 10;

/// Takes a quiz.
///
/// # Errors
/// [`Error::Failed`] under `--min`, and whatever ended it early.
pub fn run(args: &Args) -> Result<(), Error> {
    signals::take_over(terminal::interactive() || args.line);
    let screen = args.looks.screen();
    if let Some(format) = args.export {
        let banks = banks::read(args.bank.as_deref())?;
        let items = items(args, &banks)?;
        return export::run(format, args.key, args.seed.unwrap_or(1), &items);
    }
    let report = args.report.file()?;
    let mut warnings = clean::silently();
    let mut kept = true;
    let record = QuizRecord::read().unwrap_or_else(|unread| {
        kept = unread.is_begun_anew();
        clean::add(&mut warnings, unread.words());
        QuizRecord::default()
    });
    let mut recalled = true;
    let progress = Progress::read().unwrap_or_else(|unread| {
        recalled = unread.is_begun_anew();
        clean::add(&mut warnings, unread.words());
        Progress::default()
    });
    let open = if args.review { Some(last(&record)?) } else { resumed(args, &record, &screen)? };
    let bank =
        open.as_ref().map_or_else(|| args.bank.clone(), |open| open.wanted.bank.clone().map(Into::into));
    let mut banks = banks::read(bank.as_deref())?;
    if bank.is_none() && (args.missed || open.is_some()) {
        // What a step asked, and nothing else asks about, comes back as the step asked it.
        banks.extend(library::all(None)?.into_iter().map(|lesson| lesson.bank));
    }
    let dealt = match open {
        Some(mut open) => {
            let items = deal::items(&banks, None)?;
            if args.review {
                warnings.extend(without_what_is_gone(&mut open, &items));
            }
            deal::taken_up(open, &items)?
        }
        None => dealt(args, &Known { record: &record, progress: &progress }, &banks)?,
    };
    if banks.iter().any(|bank| bank.origin.is_some()) {
        warnings.extend(library::fewer_walls());
    }
    if dealt.asked.is_empty() && !args.review {
        return nothing(args, &dealt, &progress, &screen);
    }
    let pauses = !args.json && (terminal::interactive() || args.line);
    let min = args.min.map(usize::from);
    let plan = QuizPlan { warnings, kept, recalled, show_proof: !args.no_proof, pauses, min, report };
    let output = if args.json { Output::Tool } else { Output::Person(screen) };
    if args.review { Quiz::review(dealt, plan, output) } else { Quiz::new(dealt, plan, output).perform() }
}

/// The last quiz that was finished.
fn last(record: &QuizRecord) -> Result<Open, Error> {
    let none = || Error::Usage("no quiz was finished yet: leave out `--review`".into());
    record.last.clone().ok_or_else(none)
}

/// Takes out what can't be reviewed, since its question is no longer there; a sentence for each.
fn without_what_is_gone(open: &mut Open, items: &[Item<'_>]) -> Vec<String> {
    let there = |key: &String| items.iter().any(|item| item.key() == *key);
    let gone = open.keys.iter().filter(|key| !there(key));
    let gone = gone.map(|key| format!("the question `{key}` is no longer there")).collect();
    open.keys.retain(there);
    open.marks.retain(|mark| there(&mark.key));
    gone
}

/// The quiz to go on with, if that is wanted.
fn resumed(args: &Args, record: &QuizRecord, screen: &Screen) -> Result<Option<Open>, Error> {
    if args.resume {
        let none = || Error::Usage("no quiz was interrupted: leave out `--resume`".into());
        return record.open.clone().map(Some).ok_or_else(none);
    }
    let (Some(open), true) = (&record.open, terminal::interactive() && !args.json && args.chooses_nothing())
    else {
        return Ok(None);
    };
    let (done, of) = (open.marks.len(), open.keys.len());
    let question = format!("A quiz was interrupted after {done} of {of} questions. Go on with it?");
    Ok(session::confirm(screen, None, &question, true)?.then(|| open.clone()))
}

/// A new quiz, as the command line wants it.
fn dealt<'a>(args: &Args, known: &Known<'_>, banks: &'a [Bank]) -> Result<Dealt<'a>, Error> {
    let items = items(args, banks)?;
    let bank = args.bank.as_deref().map(library::key_of_file);
    let wanted = QuizOptions {
        topic: args.topic.clone(),
        bank,
        missed: args.missed,
        exam: args.exam,
        due: args.due,
        lesson: args.lesson.clone(),
    };
    let all = args.all || (args.missed && !args.due && args.count.is_none());
    let count = (!all).then(|| args.count.map_or(DEFAULT_COUNT, usize::from));
    deal::dealt(items, known, wanted, args.seed.unwrap_or_else(any), count)
}

/// The questions of these banks that the command line asks for.
fn items<'a>(args: &Args, banks: &'a [Bank]) -> Result<Vec<Item<'a>>, Error> {
    let mut items = deal::items(banks, args.topic.as_deref())?;
    if let Some(name) = &args.lesson {
        deal::about(&mut items, &library::find(Some(name), None)?);
    }
    Ok(items)
}

/// A seed that is short enough to be typed.
fn any() -> u64 {
    u64::from(sys::since_1970().subsec_nanos()) / 1000 % 100_000
}

/// Nothing can be asked.
fn nothing(args: &Args, dealt: &Dealt<'_>, progress: &Progress, screen: &Screen) -> Result<(), Error> {
    if !dealt.not_asked.is_empty() {
        return Err(Error::Machine(format!(
            "no question can be proved on this machine: {}",
            dealt.not_asked.join("; ")
        )));
    }
    let (label, why) = match (args.missed, args.due, &args.lesson) {
        (true, false, _) => ("MISSED", "the last time, you missed no question and no prediction".into()),
        (false, true, _) => ("DUE", nothing_due(progress)),
        (true, true, _) => {
            ("MISSED", format!("you missed nothing the last time, and {}", nothing_due(progress)))
        }
        (false, false, Some(name)) => ("LESSON", format!("no question is about the lesson `{name}`")),
        (false, false, None) => return Err(Error::Usage("there is no question to ask".into())),
    };
    let text = format!("none: {why}");
    match args.json {
        true => json_line(&QuizEvent::Note { version: JSON_VERSION, label, text: &text }),
        false => screen.show(&[labelled(label, text)]),
    }
}

/// Why nothing that is due can be asked.
fn nothing_due(progress: &Progress) -> String {
    let now = progress::now();
    match progress.next_due(now) {
        None => "nothing is due, because you have answered no question and made no prediction yet".into(),
        Some(0) => "no question here is about what is due; `lab quiz --due` alone asks it".into(),
        Some(left) => format!("nothing is due now; something is again in {}", path::duration(left)),
    }
}
