//! What a call that has worked has changed, read from its arguments and the kernel's rows, for the story. Every such
//! call comes here, also one that is not told.

use super::call::{CompletedCall, int, kind_of};
use super::story::{Attach, Life, Object};
use super::{Engine, inspect};
use crate::facts::event::Segment;
use crate::facts::meaning::Holding;
use crate::sys::evidence;
use crate::sys::ptrace::Stopped;
use crate::sys::seccomp::trace::WatchedCall;

/// Whether the kernel has this segment.
fn there(shmid: i32) -> bool {
    evidence::one(shmid).is_some()
}

impl Engine<'_> {
    /// Keeps attaches and lives up to date with a call that has worked.
    pub(super) fn take_note(
        &mut self,
        stopped: &Stopped,
        done: &CompletedCall<'_>,
        value: i64,
        number: Option<usize>,
    ) {
        let (pid, args) = (done.pid, done.pending.args);
        match done.pending.watched {
            WatchedCall::Shmget => self.note_shmget(pid, value as i32, &args, number),
            WatchedCall::Shmat => {
                let shmid = int(args[0]);
                self.meet(pid, shmid);
                let attach = Attach {
                    shmid,
                    address: value as u64,
                    size: self.story.life(shmid).map_or(0, |life| life.size),
                    read_only: int(args[2]) & libc::SHM_RDONLY != 0,
                    event: number,
                    ..Attach::default()
                };
                self.story.attach(pid, attach);
                stopped.stop_at_end(true);
            }
            WatchedCall::Shmdt => {
                let pending = done.pending;
                self.story.detach(pid, args[0], pending.segment, pending.last.as_ref(), number);
                stopped.stop_at_end(self.story.memory(pid).is_some_and(|memory| !memory.attaches.is_empty()));
            }
            WatchedCall::Shmctl if int(args[1]) == libc::IPC_RMID => {
                let shmid = int(args[0]);
                self.meet(pid, shmid);
                let gone = number.is_some() && inspect::row(&self.story, pid, shmid).is_none();
                self.story.mark(shmid, number, gone);
            }
            _ => self.note_object(done, value, number),
        }
    }

    /// A set or a queue was made, found or removed.
    fn note_object(&mut self, done: &CompletedCall<'_>, value: i64, number: Option<usize>) {
        let (pending, args) = (done.pending, done.pending.args);
        let Some(kind) = kind_of(pending.watched) else { return };
        if self.story.process(done.pid).is_none_or(|process| process.elsewhere) {
            return;
        }
        match pending.watched {
            // Of one that was not looked for nothing is known but that it is there.
            WatchedCall::Semget | WatchedCall::Msgget if number.is_some() => {
                let (id, key) = (value as i32, int(args[0]));
                let made_by = pending.there.is_none().then(|| self.story.role(done.pid));
                let object = Object { kind, id, key, made_by, event: number, removed: false, left: false };
                self.story.meet_object(object);
            }
            WatchedCall::Semctl if int(args[2]) == libc::IPC_RMID => {
                self.story.remove_object(kind, int(args[0]));
            }
            WatchedCall::Msgctl => self.story.remove_object(kind, int(args[0])),
            _ => {}
        }
    }

    fn note_shmget(&mut self, pid: i32, shmid: i32, args: &[u64; 6], number: Option<usize>) {
        if self.story.lives_on(shmid) {
            return;
        }
        let row = number.and_then(|_| inspect::row(&self.story, pid, shmid));
        let (key, size, mode) = (int(args[0]), args[1], args[2] as u32 & 0o777);
        let asked = Life { shmid, key, size, mode, ..Life::default() };
        self.story.shmget(pid, asked, row.as_ref(), number, there);
        row.iter().for_each(|row| self.note_holders(row, 0));
    }

    /// The life of a segment begins now if it is met for the first time without a shmget.
    fn meet(&mut self, pid: i32, shmid: i32) {
        if !self.story.lives_on(shmid)
            && let Some(row) = inspect::row(&self.story, pid, shmid)
        {
            self.story.begin(Life::found(&row), there);
            self.note_holders(&row, 1);
        }
    }

    /// Who had a segment attached before this program met it. `own`: how many of the attachments may be its own.
    fn note_holders(&mut self, row: &Segment, own: u64) {
        if row.nattch <= own || self.story.life(row.shmid).is_none_or(|life| life.made) {
            return;
        }
        let strangers = evidence::holders(row.shmid).into_iter();
        let strangers = strangers.filter(|holder| self.story.process(holder.pid).is_none());
        let strangers = strangers.map(|holder| Holding { pid: holder.pid, name: holder.name, ours: false });
        self.story.held_before(row.shmid, strangers.collect());
    }
}
