//! `lab quiz`: has a quiz dealt and taken, or writes the questions out for other tools.

use std::io::ErrorKind;
use std::path::Path;

use super::{banks, clean, export, library};
use crate::cli::QuizArgs as Args;
use crate::error::{Error, plain};
use crate::lesson::Bank;
use crate::output::line::labelled;
use crate::output::quiz_json as json;
use crate::output::quiz_json::QuizEvent;
use crate::output::screen::{Screen, json_line};
use crate::quiz::deal::{self, Dealt};
use crate::quiz::draw::Item;
use crate::quiz::record::{Open, QuizOptions, QuizRecord};
use crate::session::quiz::{Quiz, QuizPlan};
use crate::session::{self, Output};
use crate::sys::new_file::NewFile;
use crate::sys::{self, signals, terminal};
use crate::text::path_text;

/// How many questions are asked where nothing else is said.
const DEFAULT_COUNT: usize = 10;

/// Takes a quiz.
///
/// # Errors
/// [`Error::Failed`] under `--min`, and whatever ended it early.
pub fn run(args: &Args) -> Result<(), Error> {
    signals::take_over(terminal::interactive() || args.line);
    let screen = Screen::new(args.looks.display());
    if let Some(format) = args.export {
        let banks = banks::read(args.bank.as_deref())?;
        let items = deal::items(&banks, args.topic.as_deref())?;
        return export::run(format, args.key, args.seed.unwrap_or(1), &items);
    }
    let report = args.report.as_deref().map(report_at).transpose()?;
    let mut warnings = clean::silently();
    let mut kept = true;
    let record = QuizRecord::read().unwrap_or_else(|unread| {
        kept = unread.is_begun_anew();
        clean::add(&mut warnings, unread.words());
        QuizRecord::default()
    });
    let open = if args.review { Some(last(&record)?) } else { resumed(args, &record, &screen)? };
    let bank =
        open.as_ref().map_or_else(|| args.bank.clone(), |open| open.wanted.bank.clone().map(Into::into));
    let banks = banks::read(bank.as_deref())?;
    let dealt = match open {
        Some(mut open) => {
            let items = deal::items(&banks, None)?;
            if args.review {
                warnings.extend(without_what_is_gone(&mut open, &items));
            }
            deal::taken_up(open, &items)?
        }
        None => dealt(args, &record, &banks)?,
    };
    if banks.iter().any(|bank| bank.origin.is_some()) {
        warnings.extend(library::fewer_walls());
    }
    if dealt.asked.is_empty() && !args.review {
        return nothing(args, &dealt, &screen);
    }
    let pauses = !args.json && (terminal::interactive() || args.line);
    let min = args.min.map(usize::from);
    let plan = QuizPlan { warnings, kept, show_proof: !args.no_proof, pauses, min, report };
    let output = if args.json { Output::Tool } else { Output::Person(screen) };
    if args.review { Quiz::review(dealt, plan, output) } else { Quiz::new(dealt, plan, output).perform() }
}

/// Where the report is to be, looked at before the first question.
fn report_at(path: &Path) -> Result<NewFile, Error> {
    let name = path_text(path);
    if path.extension().is_none_or(|extension| extension != "md") {
        return Err(Error::Usage(format!(
            "`{name}` can't be the report: a report is Markdown, and its name ends in .md, such as report.md"
        )));
    }
    NewFile::at(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Usage(format!(
            "`{name}` is there already, and a report never replaces a file: name another one, or remove this one"
        )),
        _ => Error::Usage(format!("`{name}` can't be written: {}", plain(&error))),
    })
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
fn dealt<'a>(args: &Args, record: &QuizRecord, banks: &'a [Bank]) -> Result<Dealt<'a>, Error> {
    let items = deal::items(banks, args.topic.as_deref())?;
    let bank = args.bank.as_deref().map(absolute);
    let wanted = QuizOptions { topic: args.topic.clone(), bank, missed: args.missed, exam: args.exam };
    let all = args.all || (args.missed && args.count.is_none());
    let count = (!all).then(|| args.count.map_or(DEFAULT_COUNT, usize::from));
    deal::dealt(items, record, wanted, args.seed.unwrap_or_else(any), count)
}

fn absolute(path: &Path) -> String {
    path_text(&std::path::absolute(path).unwrap_or_else(|_| path.into()))
}

/// A seed that is short enough to be typed.
fn any() -> u64 {
    u64::from(sys::since_1970().subsec_nanos()) / 1000 % 100_000
}

/// Nothing can be asked.
fn nothing(args: &Args, dealt: &Dealt<'_>, screen: &Screen) -> Result<(), Error> {
    if !dealt.not_asked.is_empty() {
        return Err(Error::Machine(format!(
            "no question can be proved on this machine: {}",
            dealt.not_asked.join("; ")
        )));
    }
    if args.missed {
        let none = "none: no question was answered wrong the last time it was asked";
        return match args.json {
            true => json_line(&QuizEvent::Note { version: json::VERSION, label: "MISSED", text: none }),
            false => screen.show(&[labelled("MISSED", none)]),
        };
    }
    Err(Error::Usage("there is no question to ask".into()))
}
