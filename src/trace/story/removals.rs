//! Who removed what: the IPC_RMID behind an identifier or a key that is free now. It reads the story and nothing else.

use super::{Life, Story};
use crate::facts::event::Event;
use crate::facts::meaning::{Deed, Removal};

impl Story {
    /// Who did this, and where.
    pub fn deed(event: &Event) -> Deed {
        let seen = event.seen();
        let place = seen.source.as_ref().map(ToString::to_string);
        Deed { role: event.role.clone(), pid: event.pid, event: seen.number, place }
    }

    /// The removal of this identifier's last segment, if that is over for whoever looks for it now: `pid`.
    pub fn removal_of(&self, shmid: i32, pid: i32) -> Option<Removal> {
        self.removal(self.life(shmid)?, pid)
    }

    /// The removal of the last segment that had this key.
    pub fn removal_of_key(&self, key: i32, pid: i32) -> Option<Removal> {
        // Key 0 is IPC_PRIVATE, which looks nothing up.
        let life = self.lives.iter().rev().find(|life| life.key == key && key != 0)?;
        self.removal(life, pid)
    }

    fn removal(&self, life: &Life, pid: i32) -> Option<Removal> {
        let event = self.event(life.marked?)?;
        let by = Story::deed(event);
        let marked = event.after.segment(life.shmid).is_some();
        Some(Removal { shmid: life.shmid, own: by.pid == pid, by, marked })
    }
}
