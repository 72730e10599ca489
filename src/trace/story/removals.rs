//! Who removed what: the IPC_RMID behind an identifier or a key that is free now. It reads the story and nothing else.

use super::{Life, Story};
use crate::facts::event::Event;
use crate::facts::meaning::{Deed, Removal};
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;

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
        let life = self.lives.iter().rev().find(|life| life.key == key && key != libc::IPC_PRIVATE)?;
        self.removal(life, pid)
    }

    /// After the end: a look-up of key -1 that came before the segment with this key was made has failed because of
    /// that, and not because of the ftok that the key came from.
    pub fn reconsider(&mut self) {
        let key = |event: &Event| event.seen().args.first().copied().unwrap_or_default() as i32;
        let made =
            self.lives.iter().filter(|life| life.made && life.key == -1).filter_map(|life| life.made_at);
        let Some(last) = made.max() else { return };
        for event in self.events.iter_mut().filter(|event| event.is(TracedCall::Shmget)) {
            let early = key(event) == -1 && event.seen().number < last;
            if let (Outcome::Failed(libc::ENOENT), true, Some(seen)) =
                (&event.outcome, early, &mut event.seen)
            {
                seen.cause = None;
            }
        }
    }

    fn removal(&self, life: &Life, pid: i32) -> Option<Removal> {
        let event = self.event(life.marked?)?;
        let by = Story::deed(event);
        let marked = event.after.segment(life.shmid).is_some();
        Some(Removal { shmid: life.shmid, own: by.pid == pid, by, marked })
    }
}
