//! A lesson whose segment outlives its run, and the lesson that finds it: what the stage does otherwise for these two.
//! Nothing stays without a record, and nothing is touched that no record of ours matches.

use super::Stage;
use super::journal::Waiting;
use super::key_file::KeyFile;
use super::resources::ResourceEvent;
use crate::error::Error;

impl Stage {
    /// Uses a key file that is not the lesson's own.
    pub fn use_key_file(&mut self, file: &KeyFile) {
        self.key_file = Some(file.path.clone());
    }

    /// Takes part in a segment that another run has left.
    pub fn adopt(&mut self, waiting: &Waiting) {
        self.ledger.resources.adopt(waiting.row.shmid);
    }

    /// Identifiers of the segments that stay when the run ends now, as it should.
    pub fn staying(&self) -> Vec<i32> {
        if self.leaves.is_some() { self.ledger.resources.living() } else { Vec::new() }
    }

    /// Ends a run that was played to its end: as [`Stage::tear_down`] does, but for what stays. Where the record can't
    /// be written nothing stays, and it fails.
    pub fn leave(mut self) -> Result<(), Error> {
        if self.staying().is_empty() {
            return self.clean_up();
        }
        self.note(ResourceEvent::Left);
        if !self.ledger.has_record() {
            self.clean_up()?;
            return Err(Error::Machine(
                "the record of the segment can't be written, so no other program could know that it is ours: lab has removed it"
                    .into(),
            ));
        }
        self.torn_down = true;
        self.actors.end();
        self.scratch = None;
        let left = self.still_left(&self.ledger.resources.clean_folder());
        self.ledger.dismiss_guard();
        if left.is_empty() { Ok(()) } else { Err(Error::Left(left)) }
    }
}
