//! The report of a quiz, to be handed in: written at its end, or where it was stopped, with what is known by then.

use super::{Quiz, Taken, json};
use crate::error::Error;
use crate::output::json::said;
use crate::output::line::{Line, words};
use crate::output::quiz_json::QuizEvent;
use crate::output::quiz_report::{Entry, Head, report};
use crate::output::reasons::Settled;
use crate::output::report::Ending;
use crate::text::Safe;

impl Quiz<'_> {
    /// Has the kernel decide about what was answered in an earlier run, before it can be too late for that.
    pub(super) fn prepare_report(&mut self) -> Result<(), Error> {
        if self.plan.report.is_some() {
            for at in 0..self.dealt.marks.len() {
                self.taken(at)?;
            }
        }
        Ok(())
    }

    /// Writes it, if it is wanted and not written yet; the line that says where it is.
    pub(super) fn report(&mut self, how: Ending) -> Result<Option<Line>, Error> {
        let Some(file) = self.plan.report.take() else { return Ok(None) };
        let entries = self.dealt.asked.iter().zip(&self.dealt.marks).zip(&self.taken);
        let entries = entries.filter_map(|((asked, mark), taken)| {
            let Taken { given, judged } = taken.as_ref()?;
            Some(Entry { of: Settled { asked, given, judged }, mark })
        });
        let entries: Vec<_> = entries.collect();
        let (tally, of) = (self.tally(), self.dealt.asked.len());
        let last = match how {
            Ending::Complete => json::end(&tally, &self.dealt.asked, &self.dealt.marks),
            _ => json::stopped(self.dealt.marks.len(), of),
        };
        let head = Head { seed: self.dealt.seed, tally: &tally, of, how };
        let report = report(&head, &entries, self.events(&entries, &last));
        file.write(&report).map(Some)
    }

    /// What `--json` gives, though an exam's answers stand beside their questions.
    fn events(&self, entries: &[Entry<'_>], last: &QuizEvent<'_>) -> Vec<Safe> {
        let of = self.dealt.asked.len();
        let mut events = vec![said(&self.start(0))];
        for (number, Entry { of: Settled { asked, judged, .. }, mark }) in (1..).zip(entries) {
            events.push(said(&json::question(asked, number, of)));
            events.push(said(&json::answer(asked, mark, judged)));
        }
        events.push(said(last));
        events
    }

    /// Says where it is.
    pub(super) fn say_written(&self, written: Result<Option<Line>, Error>) -> Result<(), Error> {
        match written? {
            Some(Line::Labelled { label, pieces }) => self.say(label, &words(&pieces)),
            _ => Ok(()),
        }
    }
}
