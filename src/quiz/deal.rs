//! Which questions a quiz has: chosen by topic or by what was missed, drawn by the seed, and each proved before it is
//! asked, so that none is asked that this machine can't decide. It asks nobody anything.

use super::decide::{Decision, verify};
use super::draw::{Asked, Item, Rng};
use super::record::{Mark, Open, QuizOptions, QuizRecord};
use crate::constants;
use crate::error::Error;
use crate::lesson::Bank;

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

/// The questions of these banks, all or those about one topic.
pub fn items<'a>(banks: &'a [Bank], topic: Option<&str>) -> Result<Vec<Item<'a>>, Error> {
    let chosen = banks.iter().filter(|bank| topic.is_none_or(|topic| bank.topic.eq_ignore_ascii_case(topic)));
    let items = chosen.flat_map(|bank| bank.questions.iter().map(move |question| Item { bank, question }));
    let items: Vec<_> = items.collect();
    let Some(topic) = topic.filter(|_| items.is_empty()) else { return Ok(items) };
    let known: Vec<&str> = banks.iter().map(|bank| bank.topic.as_str()).collect();
    let help = match constants::nearest(topic, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("topics are {}", known.join(", ")),
    };
    Err(Error::Usage(format!("there is no topic `{topic}`: {help}")))
}

/// An interrupted quiz as it was.
///
/// # Errors
/// A question of it is no longer there.
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
/// A mistake in somebody's own bank, and whatever ended a run.
pub fn dealt<'a>(
    mut items: Vec<Item<'a>>,
    record: &QuizRecord,
    wanted: QuizOptions,
    seed: u64,
    count: Option<usize>,
) -> Result<Dealt<'a>, Error> {
    if wanted.missed {
        items.retain(|item| record.questions.get(&item.key()).is_some_and(|known| !known.last));
    }
    Rng::new(seed).shuffle(&mut items);
    let (mut drawn, mut not_asked) = (Vec::new(), Vec::new());
    for item in items {
        if count == Some(drawn.len()) {
            break;
        }
        match undecided(item)? {
            None => drawn.push(item),
            Some(why) => not_asked.push((item.question.id.as_str(), why)),
        }
    }
    drawn.sort_by_key(|item| item.question.level);
    let asked = drawn.into_iter().map(|item| Asked::new(item, seed)).collect();
    Ok(Dealt { wanted, seed, asked, marks: Vec::new(), not_asked: by_reason(&not_asked) })
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
