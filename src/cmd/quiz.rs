//! `lab quiz`: chooses the questions, proves that each can be asked here, and has them asked; or writes them out for
//! other tools.

use std::path::Path;

use super::{banks, clean, export, library};
use crate::cli::QuizArgs as Args;
use crate::constants;
use crate::error::Error;
use crate::lesson::Bank;
use crate::output::line::labelled;
use crate::output::quiz_json as json;
use crate::output::quiz_json::QuizEvent;
use crate::output::screen::{Screen, json_line};
use crate::quiz::check::{self, Decision};
use crate::quiz::draw::{Asked, Item, Rng};
use crate::quiz::proof::Failure;
use crate::quiz::record::{Open, QuizOptions, QuizRecord};
use crate::session::quiz::{Quiz, QuizPlan};
use crate::session::{self, Output};
use crate::sys::{self, signals, terminal};
use crate::text::path_text;

/// How many questions are asked where nothing else is said.
const DEFAULT_COUNT: usize = 10;

/// Takes a quiz.
///
/// # Errors
/// [`Error::Failed`] under `--min`, and whatever ended it early.
pub fn run(args: &Args) -> Result<(), Error> {
    signals::take_over(terminal::interactive());
    let screen = Screen::new(args.looks.display());
    if let Some(format) = args.export {
        let banks = banks::read(args.bank.as_deref())?;
        let items = of_topic(items(&banks), args.topic.as_deref())?;
        return export::run(format, args.key, args.seed.unwrap_or(1), &items);
    }
    let mut warnings = clean::silently();
    let mut kept = true;
    let record = QuizRecord::read().unwrap_or_else(|unread| {
        kept = unread.is_begun_anew();
        clean::add(&mut warnings, unread.words());
        QuizRecord::default()
    });
    let open = resumed(args, &record, &screen)?;
    let bank =
        open.as_ref().map_or_else(|| args.bank.clone(), |open| open.wanted.bank.clone().map(Into::into));
    let banks = banks::read(bank.as_deref())?;
    let items = items(&banks);
    let mut plan = match open {
        Some(open) => taken_up(args, open, &items)?,
        None => dealt(args, &record, items)?,
    };
    if banks.iter().any(|bank| bank.origin.is_some()) {
        warnings.extend(library::fewer_walls());
    }
    (plan.warnings, plan.kept) = (warnings, kept);
    if plan.asked.is_empty() {
        return nothing(args, &plan, &screen);
    }
    let output = if args.json { Output::Tool } else { Output::Person(screen) };
    Quiz::new(plan, output).perform()
}

fn items(banks: &[Bank]) -> Vec<Item<'_>> {
    let of = |bank| move |question| Item { bank, question };
    banks.iter().flat_map(|bank| bank.questions.iter().map(of(bank))).collect()
}

fn of_topic<'a>(items: Vec<Item<'a>>, topic: Option<&str>) -> Result<Vec<Item<'a>>, Error> {
    let Some(topic) = topic else { return Ok(items) };
    let mut known: Vec<&str> = items.iter().map(|item| item.bank.topic.as_str()).collect();
    known.dedup();
    if !known.contains(&topic) {
        let help = constants::nearest_or_all(topic, known.iter().copied(), "topics are");
        return Err(Error::Usage(format!("there is no topic `{}`: {help}", topic)));
    }
    Ok(items.into_iter().filter(|item| item.bank.topic == topic).collect())
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
    Ok(session::confirm(screen, &question, true)?.then(|| open.clone()))
}

/// An interrupted quiz as it was.
fn taken_up<'a>(args: &Args, open: Open, items: &[Item<'a>]) -> Result<QuizPlan<'a>, Error> {
    let mut asked = Vec::new();
    for key in &open.keys {
        let Some(item) = items.iter().find(|item| item.key() == *key) else {
            return Err(Error::Usage(format!(
                "the quiz can't go on, since its question `{}` is no longer there: leave out `--resume`",
                key
            )));
        };
        asked.push(Asked::new(*item, open.seed));
    }
    Ok(QuizPlan {
        wanted: open.wanted,
        seed: open.seed,
        asked,
        marks: open.marks,
        not_asked: Vec::new(),
        warnings: Vec::new(),
        kept: true,
        show_proof: !args.no_proof,
        min: args.min.map(usize::from),
    })
}

/// A new quiz: drawn by the seed, easy questions first. Each is proved before it is asked, so that none is asked
/// that this machine can't decide.
fn dealt<'a>(args: &Args, record: &QuizRecord, items: Vec<Item<'a>>) -> Result<QuizPlan<'a>, Error> {
    let mut items = of_topic(items, args.topic.as_deref())?;
    if args.missed {
        let missed = |item: &Item<'_>| record.questions.get(&item.key()).is_some_and(|known| !known.last);
        items.retain(missed);
    }
    let seed = args.seed.unwrap_or_else(any);
    Rng::new(seed).shuffle(&mut items);
    let all = args.all || (args.missed && args.count.is_none());
    let count = if all { items.len() } else { args.count.map_or(DEFAULT_COUNT, usize::from) };
    let (mut drawn, mut not_asked) = (Vec::new(), Vec::new());
    for item in items {
        if drawn.len() == count {
            break;
        }
        match decided(&item)? {
            None => drawn.push(item),
            Some(why) => not_asked.push((item.question.id.as_str(), why)),
        }
    }
    drawn.sort_by_key(|item| item.question.level);
    let bank = args.bank.as_deref().map(absolute);
    let wanted = QuizOptions { topic: args.topic.clone(), bank, missed: args.missed, exam: args.exam };
    Ok(QuizPlan {
        wanted,
        seed,
        asked: drawn.into_iter().map(|item| Asked::new(item, seed)).collect(),
        marks: Vec::new(),
        not_asked: by_reason(&not_asked),
        warnings: Vec::new(),
        kept: true,
        show_proof: !args.no_proof,
        min: args.min.map(usize::from),
    })
}

/// The ids of questions that are not asked, gathered by the reason.
fn by_reason(not_asked: &[(&str, String)]) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (id, why) in not_asked {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, ids)) => ids.push(id),
            None => reasons.push((why, vec![id])),
        }
    }
    reasons.into_iter().map(|(why, ids)| format!("{}: {why}", ids.join(", "))).collect()
}

/// Why a question can't be asked here, if it can't. A mistake in somebody's own bank ends the run.
fn decided(item: &Item<'_>) -> Result<Option<String>, Error> {
    match check::verify(item.bank, item.question, item.is_shipped()) {
        Ok((Decision::Skipped(why), _)) => Ok(Some(why)),
        Ok((Decision::Invalid(diagnostics), _)) if !item.is_shipped() => Err(Error::Lesson(diagnostics)),
        Ok((Decision::Invalid(diagnostics), _)) => {
            let what = diagnostics.first().map_or("", |diagnostic| &diagnostic.what);
            Ok(Some(format!("the kernel here answers otherwise: {what}")))
        }
        Ok(_) => Ok(None),
        Err(Failure::Refused(words)) => Err(item.refused(&words)),
        Err(Failure::Error(error)) => Err(error),
    }
}

fn absolute(path: &Path) -> String {
    path_text(&std::path::absolute(path).unwrap_or_else(|_| path.into()))
}

/// A seed that is short enough to be typed.
fn any() -> u64 {
    u64::from(sys::since_1970().subsec_nanos()) / 1000 % 100_000
}

/// Nothing can be asked.
fn nothing(args: &Args, plan: &QuizPlan<'_>, screen: &Screen) -> Result<(), Error> {
    if !plan.not_asked.is_empty() {
        return Err(Error::Machine(format!(
            "no question can be proved on this machine: {}",
            plan.not_asked.join("; ")
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
