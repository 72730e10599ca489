//! What a student remembers of each misconception, and when to ask again: the longer it was known, the later. It
//! reckons with times that it is given, and trusts no clock: one that ran ahead or backwards costs a question at most.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::{Prediction, Progress, now};
use crate::lesson;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;
/// After how many days to ask again: after the first right answer in a row, the second, and so on; after the last of
/// these, always that many.
const DAYS: [u64; 5] = [1, 3, 7, 21, 60];
/// Right answers within this time count as one: what you read a minute ago you need not remember.
const SITTING: u64 = 8 * 60 * 60;

/// How well a misconception is known to be one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// Whether the last answer was right.
    pub right: bool,
    /// How many were, in a row and at different sittings.
    pub streak: u32,
    /// When it was last asked for, in seconds since 1970.
    pub asked: u64,
    /// Whether a prediction missed it and nothing was answered right since.
    #[serde(default)]
    pub mispredicted: bool,
}

impl Recall {
    fn note(&mut self, right: bool, now: u64) {
        self.streak = match (right, self.right && self.streak > 0) {
            (false, _) => 0,
            (true, false) => 1,
            (true, true) => self.streak.saturating_add((now.saturating_sub(self.asked) >= SITTING).into()),
        };
        self.mispredicted &= !right;
        self.right = right;
        self.asked = now;
    }

    /// When to ask again.
    fn due(&self, now: u64) -> u64 {
        // The clock ran ahead when this was written, by years perhaps: the time means nothing.
        let worthless = self.asked > now.saturating_add(DAY);
        if !self.right || worthless {
            return self.asked.min(now);
        }
        let before = usize::try_from(self.streak).unwrap_or(usize::MAX).saturating_sub(1);
        self.asked.saturating_add(DAYS[before.min(DAYS.len() - 1)] * DAY)
    }
}

impl Progress {
    /// Keeps what the student predicted at a step, from 1, of a lesson by its key. `covers`: the misconceptions that
    /// the step shows to be wrong. `right`: `None` stands for "don't know" and counts as missed.
    pub fn predicted(lesson: &str, step: usize, covers: &[usize], right: Option<bool>) -> Result<(), String> {
        Progress::changed(|progress| progress.note_prediction(lesson, step, covers, right, now()))
    }

    /// Keeps whether a question about these misconceptions was answered right.
    pub fn answered(covers: &[usize], right: bool) -> Result<(), String> {
        Progress::changed(|progress| progress.note(covers, right, now()))
    }

    pub(super) fn note_prediction(
        &mut self,
        lesson: &str,
        step: usize,
        covers: &[usize],
        right: Option<bool>,
        now: u64,
    ) {
        let right = right == Some(true);
        let lesson = self.lessons.entry(lesson.into()).or_default();
        lesson.last = Some(now);
        lesson.predictions.insert(step, Prediction { right, when: now });
        self.note(covers, right, now);
        for number in covers {
            if let Some(recall) = self.recall.get_mut(number) {
                recall.mispredicted |= !right;
            }
        }
    }

    fn note(&mut self, covers: &[usize], right: bool, now: u64) {
        // A stranger's lesson may name as many numbers as it likes; one that it names twice was asked for once.
        let numbers: BTreeSet<_> = covers.iter().copied().filter(is_known).collect();
        for number in numbers {
            self.recall.entry(number).or_default().note(right, now);
        }
    }

    /// The misconceptions to ask about now, by number: what is overdue longest comes first.
    pub fn due(&self, now: u64) -> Vec<usize> {
        let mut due: Vec<_> = self.dates(now).filter(|(date, _)| *date <= now).collect();
        due.sort_unstable();
        due.into_iter().map(|(_, number)| number).collect()
    }

    /// In how many seconds the next one is to be asked about; none if none was ever.
    pub fn next_due(&self, now: u64) -> Option<u64> {
        self.dates(now).map(|(date, _)| date.saturating_sub(now)).min()
    }

    /// The misconceptions that a prediction missed and that nothing was answered right about since, by number.
    pub fn mispredicted(&self) -> impl Iterator<Item = usize> {
        let missed = self.recall.iter().filter(|(number, recall)| recall.mispredicted && is_known(number));
        missed.map(|(number, _)| *number)
    }

    fn dates(&self, now: u64) -> impl Iterator<Item = (u64, usize)> {
        let known = self.recall.iter().filter(|(number, _)| is_known(number));
        known.map(move |(number, recall)| (recall.due(now), *number))
    }
}

/// Whether the syllabus has this number.
fn is_known(number: &usize) -> bool {
    static NUMBERS: OnceLock<BTreeSet<usize>> = OnceLock::new();
    let numbers = || lesson::syllabus().unwrap_or_default().iter().map(|entry| entry.number).collect();
    NUMBERS.get_or_init(numbers).contains(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_800_000_000;

    /// Progress in which misconception 1 was answered so, this many seconds after the start.
    fn answered(answers: &[(bool, u64)]) -> Progress {
        let mut progress = Progress::default();
        for (right, after) in answers {
            progress.note(&[1], *right, START + after);
        }
        progress
    }

    /// In how many days it is due, reckoned from that moment.
    fn days(progress: &Progress, after: u64) -> Option<u64> {
        let left = progress.next_due(START + after)?;
        assert_eq!(progress.due(START + after).is_empty(), left > 0);
        Some(left / DAY)
    }

    #[test]
    fn a_miss_is_due_at_once_and_right_answers_later_and_later() {
        assert_eq!(days(&Progress::default(), 0), None);
        assert_eq!(days(&answered(&[(false, 0)]), 0), Some(0));
        let right: Vec<(bool, u64)> = (0..7).map(|time| (true, time * 100 * DAY)).collect();
        let after = |count: usize| days(&answered(&right[..count]), right[count - 1].1);
        assert_eq!((1..=7).map(after).map(Option::unwrap).collect::<Vec<_>>(), [1, 3, 7, 21, 60, 60, 60]);
        let again = [&right[..4], &[(false, 400 * DAY), (true, 400 * DAY + 1)]].concat();
        assert_eq!(days(&answered(&again), 400 * DAY + 1), Some(1));
    }

    #[test]
    fn right_answers_of_one_sitting_count_once() {
        assert_eq!(days(&answered(&[(true, 0), (true, 60), (true, SITTING)]), SITTING), Some(1));
        assert_eq!(days(&answered(&[(true, 0), (true, SITTING)]), SITTING), Some(3));
        // A question that covers one twice asks for it once.
        let mut twice = Progress::default();
        twice.note(&[1, 1], true, START);
        assert_eq!(twice.recall[&1].streak, 1);
    }

    #[test]
    fn what_is_overdue_longest_comes_first() {
        let mut progress = Progress::default();
        progress.note(&[7], true, START);
        progress.note(&[3, 4], false, START + 5);
        progress.note(&[9], true, START - 2 * DAY);
        assert_eq!(progress.due(START + 6), [9, 3, 4]);
        assert_eq!(progress.due(START + DAY), [9, 3, 4, 7]);
        assert_eq!(progress.due(START), [9, 3, 4], "a miss is due whatever the clock says");
    }

    #[test]
    fn a_clock_that_runs_backwards_breaks_nothing() {
        let later = answered(&[(true, 3000 * DAY)]);
        assert_eq!(later.due(START), [1], "a time years ahead means nothing");
        let soon = answered(&[(true, 10)]);
        assert_eq!((soon.due(START), days(&soon, 0)), (Vec::new(), Some(1)), "a second ahead does");
        let mut back = answered(&[(true, 10), (true, 0)]);
        assert_eq!((back.recall[&1].streak, back.recall[&1].asked), (1, START));
        back.recall.insert(2, Recall { right: true, streak: u32::MAX, asked: u64::MAX, mispredicted: true });
        back.note(&[2], true, u64::MAX);
        for now in [0, START, u64::MAX] {
            back.due(now);
            back.next_due(now);
        }
    }

    #[test]
    fn what_a_prediction_missed_waits_for_a_right_answer() {
        let mut progress = Progress::default();
        let missed = |progress: &Progress| progress.mispredicted().collect::<Vec<_>>();
        progress.note_prediction("sheet", 3, &[4, 5], Some(false), START);
        progress.note_prediction("sheet", 4, &[6], None, START + 1);
        progress.note_prediction("sheet", 5, &[7], Some(true), START + 2);
        progress.note(&[8], false, START + 3);
        assert_eq!(missed(&progress), [4, 5, 6], "a question that was missed is not a prediction");
        assert_eq!(progress.lessons["sheet"].predicted(), (1, 3));
        assert_eq!(progress.lessons["sheet"].last, Some(START + 2));
        progress.note(&[4], false, START + 4);
        assert_eq!(missed(&progress), [4, 5, 6]);
        progress.note(&[4, 6], true, START + 5);
        assert_eq!(missed(&progress), [5]);
    }

    #[test]
    fn numbers_that_the_syllabus_lacks_are_not_kept() {
        let mut progress = Progress::default();
        progress.note_prediction("/own.toml", 1, &[0, 1, 999_999], Some(false), START);
        assert_eq!(progress.recall.keys().collect::<Vec<_>>(), [&1]);
        progress.recall.insert(999_999, Recall { mispredicted: true, ..Recall::default() });
        assert_eq!(progress.due(START), [1]);
        assert_eq!(progress.mispredicted().collect::<Vec<_>>(), [1]);
    }
}
