//! Which questions a quiz has: chosen by topic, by lesson, by what was missed or is due, drawn by the seed, and each
//! proved before it is asked, so that none is asked that this machine can't decide. It asks nothing itself.

use super::decide::{Decision, verify};
use super::draw::{Asked, Item, Rng};
use super::record::{Mark, Open, QuizOptions, QuizRecord};
use crate::constants;
use crate::error::Error;
use crate::lesson::{Bank, Lesson};
use crate::progress::{self, Progress};

/// A quiz as it was dealt.
#[derive(Debug)]
pub struct Dealt<'a> {
    pub wanted: QuizOptions,
    pub seed: u64,
    pub asked: Vec<Asked<'a>>,
    /// What was answered before it was interrupted.
    pub marks: Vec<Mark>,
    /// Questions that can't be asked here, and why.
    pub not_asked: Vec<String>,
}

/// A place in a quiz: one of these questions takes it.
struct Place<'a> {
    /// The misconception to ask about. If a question asks about two, it takes the places of both.
    covers: Option<usize>,
    from: Vec<Item<'a>>,
}

/// What is kept of the student.
pub struct Known<'k> {
    pub record: &'k QuizRecord,
    pub progress: &'k Progress,
}

/// Those of the questions that are about a lesson: they send back to it, or ask about what it shows to be wrong.
pub fn about(items: &mut Vec<Item<'_>>, lesson: &Lesson) {
    let covered = lesson.covers();
    items.retain(|item| {
        let (name, _) = &item.question.lesson;
        // A lesson from outside may have the name of another.
        (*name == lesson.name && !lesson.outside)
            || item.question.covers.iter().any(|number| covered.contains(number))
    });
}

/// The questions of these banks, all or those about one topic.
pub fn items<'a>(banks: &'a [Bank], topic: Option<&str>) -> Result<Vec<Item<'a>>, Error> {
    let chosen = banks.iter().filter(|bank| topic.is_none_or(|topic| bank.topic.eq_ignore_ascii_case(topic)));
    let items = chosen.flat_map(|bank| bank.questions.iter().map(move |question| Item { bank, question }));
    let items: Vec<_> = items.collect();
    let Some(topic) = topic.filter(|_| items.is_empty()) else { return Ok(items) };
    let known: Vec<&str> = banks.iter().map(|bank| bank.topic.as_str()).collect();
    let help = constants::nearest_or_all(topic, known.into_iter(), "topics are");
    Err(Error::Usage(format!("there is no topic `{topic}`: {help}")))
}

/// An interrupted quiz as it was, unless a question of it is no longer there.
pub fn taken_up<'a>(open: Open, items: &[Item<'a>]) -> Result<Dealt<'a>, Error> {
    let asked = open.keys.iter().map(|key| {
        let item = items.iter().find(|item| item.key() == *key).ok_or_else(|| {
            Error::Usage(format!(
                "the quiz can't go on, since its question `{key}` is no longer there: leave out `--resume`"
            ))
        })?;
        Ok(Asked::new(*item, open.seed))
    });
    let asked = asked.collect::<Result<_, Error>>()?;
    Ok(Dealt { wanted: open.wanted, seed: open.seed, asked, marks: open.marks, not_asked: Vec::new() })
}

/// A new quiz of these questions: drawn by the seed, easy ones first; `count` of them, or all.
///
/// # Errors
/// A mistake in a bank from outside, and whatever ended a run.
pub fn dealt<'a>(
    mut items: Vec<Item<'a>>,
    known: &Known<'_>,
    wanted: QuizOptions,
    seed: u64,
    count: Option<usize>,
) -> Result<Dealt<'a>, Error> {
    Rng::new(seed).shuffle(&mut items);
    let mut drawn: Vec<Item<'a>> = Vec::new();
    let mut not_asked: Vec<(&str, String)> = Vec::new();
    for place in places(&items, known, &wanted) {
        if count == Some(drawn.len()) {
            break;
        }
        let asked =
            |item: &Item<'_>| place.covers.is_some_and(|number| item.question.covers.contains(&number));
        if drawn.iter().any(asked) {
            continue;
        }
        let mut left_out = Vec::new();
        for item in place.from {
            match undecided(item)? {
                None => {
                    drawn.push(item);
                    left_out.clear();
                    break;
                }
                Some(why) => left_out.push((item.question.id.as_str(), why)),
            }
        }
        left_out.retain(|left| !not_asked.contains(left));
        not_asked.extend(left_out);
    }
    drawn.sort_by_key(|item| item.question.level);
    let asked = drawn.into_iter().map(|item| Asked::new(item, seed)).collect();
    Ok(Dealt { wanted, seed, asked, marks: Vec::new(), not_asked: by_reason(&not_asked) })
}

/// The places of a quiz in the order in which they are taken. Everything has one, unless only what was missed or is due
/// is wanted: then each question that was missed has one, and each misconception. A step's question is asked again only
/// where it was missed and is about no misconception, which other questions would ask about.
fn places<'a>(items: &[Item<'a>], known: &Known<'_>, wanted: &QuizOptions) -> Vec<Place<'a>> {
    let missed = |item: &&Item<'_>| known.record.questions.get(&item.key()).is_some_and(|known| !known.last);
    let alone = |item: &Item<'a>| Place { covers: None, from: vec![*item] };
    let of_a_bank = |item: &&Item<'_>| !item.question.is_step();
    if !wanted.missed && !wanted.due {
        return items.iter().filter(of_a_bank).map(alone).collect();
    }
    let mispredicted = |item: &&Item<'_>| {
        let (name, step) = &item.question.lesson;
        let prediction = known.progress.lessons.get(name).and_then(|lesson| lesson.predictions.get(step));
        let asked_since = known.record.questions.contains_key(&item.key());
        item.question.is_step()
            && item.question.covers.is_empty()
            && !asked_since
            && prediction.is_some_and(|prediction| !prediction.right)
    };
    let (mut places, mut numbers) = (Vec::new(), Vec::new());
    if wanted.missed {
        places.extend(items.iter().filter(missed).map(alone));
        places.extend(items.iter().filter(mispredicted).map(alone));
        numbers.extend(known.progress.mispredicted());
    }
    if wanted.due {
        numbers.extend(known.progress.due(progress::now()));
    }
    let covering = |number: usize| {
        let about_it = |item: &&Item<'_>| item.question.covers.contains(&number);
        let from = items.iter().filter(of_a_bank).filter(about_it).copied().collect();
        Place { covers: Some(number), from }
    };
    places.extend(numbers.into_iter().map(covering));
    places
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

/// Why a question can't be asked here, if it can't. A mistake in a bank from outside ends the run.
fn undecided(item: Item<'_>) -> Result<Option<String>, Error> {
    match verify(item)?.0 {
        Decision::Skipped(why) => Ok(Some(why)),
        Decision::Invalid(diagnostics) if !item.is_shipped() => Err(Error::Lesson(diagnostics)),
        Decision::Invalid(diagnostics) => {
            let what = diagnostics.first().map_or("", |diagnostic| &diagnostic.what);
            Ok(Some(format!("the kernel here answers otherwise: {what}")))
        }
        _ => Ok(None),
    }
}
