//! What a run announces before it does it, and to whom: its own list, its record, and its guard, which cleans up when the
//! main process can't. A guard that was killed is replaced by one that learns everything from the start.

use std::io;

use super::guard::Guard;
use super::journal::Journal;
use super::resources::{ResourceEvent, Resources};
use crate::sys::channel::Channel;
use crate::sys::terminal::Modes;

/// The three of one run.
#[derive(Debug)]
pub struct Ledger {
    pub resources: Resources,
    notes: Vec<ResourceEvent>,
    record: Option<Journal>,
    guard: Option<Guard>,
    modes: Option<Modes>,
}

impl Ledger {
    /// Starts the guard of a run, which has this record if it could be opened. `modes`: the terminal's, for the guard to
    /// restore.
    pub fn open(record: Option<Journal>, modes: Option<Modes>) -> io::Result<Ledger> {
        let opening = Resources::opening();
        let mut resources = Resources::default();
        resources.take(opening.clone());
        let mut ledger = Ledger { resources, notes: vec![opening], record, guard: None, modes };
        // Without a guard nothing is begun, so that no record is needed.
        ledger.guard =
            Some(ledger.new_guard().inspect_err(|_| ledger.record.iter().for_each(Journal::remove))?);
        Ok(ledger)
    }

    /// Writes a note down before what it announces is done. `lasting`: for the record too. An error is the record's, and
    /// from then on there is none.
    pub fn note(&mut self, note: ResourceEvent, lasting: bool) -> io::Result<()> {
        let written = match &mut self.record {
            Some(record) if lasting => record.write(&note),
            _ => Ok(()),
        };
        if written.is_err() {
            self.record = None;
        }
        self.resources.take(note.clone());
        self.notes.push(note.clone());
        if self.guard.as_ref().is_none_or(|guard| guard.tell(&note).is_err()) {
            self.replace_guard();
        }
        written
    }

    pub fn has_record(&self) -> bool {
        self.record.is_some()
    }

    /// The guard's wire, which actors keep open.
    pub fn wire(&self) -> Option<&Channel> {
        self.guard.as_ref().map(Guard::channel)
    }

    /// A guard that was killed does not count as one, even if it took the last note with it.
    pub fn keep_guarded(&mut self) {
        if self.guard.as_ref().is_none_or(|guard| !guard.lives()) {
            self.replace_guard();
        }
    }

    fn replace_guard(&mut self) {
        self.guard.take().into_iter().for_each(Guard::release);
        self.guard = self.new_guard().ok();
    }

    fn new_guard(&self) -> io::Result<Guard> {
        Guard::start(self.modes.as_ref(), &self.notes, self.record.as_ref())
    }

    /// The run is over and nothing is left: no guard and no record are needed.
    pub fn close(&mut self) {
        self.dismiss_guard();
        self.record.take().iter().for_each(Journal::remove);
    }

    /// Nothing is left but what the record is about.
    pub fn dismiss_guard(&mut self) {
        self.guard.take().into_iter().for_each(Guard::dismiss);
    }

    /// Something could not be removed: the guard tries again by itself, and the record stays for `lab clean`.
    pub fn leave_to_guard(&mut self) {
        self.guard.take().into_iter().for_each(Guard::release);
    }
}
