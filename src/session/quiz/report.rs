//! The report of a quiz, to be handed in: written at its end, or where it was stopped, with what is known by then.

use std::io;

use super::{Quiz, Taken};
use crate::error::{Error, plain};
use crate::output::quiz_report::{Entry, Head, report};
use crate::sys;
use crate::text::path_text;

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

    /// Writes it, if it is wanted; its name.
    pub(super) fn report(&mut self, whole: bool) -> Result<Option<String>, Error> {
        let Some(file) = &self.plan.report else { return Ok(None) };
        let entries = self.dealt.asked.iter().zip(&self.dealt.marks).zip(&self.taken);
        let entries = entries.filter_map(|((asked, mark), taken)| {
            let Taken { given, judged } = taken.as_ref()?;
            Some(Entry { asked, mark, given, judged })
        });
        let head = Head {
            seconds: sys::since_1970().as_secs(),
            seed: self.dealt.seed,
            wanted: &self.dealt.wanted,
            of: self.dealt.asked.len(),
            stopped: !whole,
        };
        let text = report(&head, &entries.collect::<Vec<_>>());
        let name = path_text(&file.path);
        let failed = |error: io::Error| {
            let what = io::Error::other(format!("`{name}`: {}", plain(&error)));
            Error::System("write the report", what)
        };
        file.write(text.as_bytes()).map_err(failed)?;
        Ok(Some(name))
    }

    /// Says where it is.
    pub(super) fn say_written(&self, written: Result<Option<String>, Error>) -> Result<(), Error> {
        match written? {
            Some(name) => self.say("REPORT", &format!("written to {name}")),
            None => Ok(()),
        }
    }
}
