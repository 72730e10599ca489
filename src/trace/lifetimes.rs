//! Keeping the story's attaches and lives up to date with calls that have worked: every call counts here, also
//! one that is not told because its like was told often enough.

use super::Tracer;
use super::attaches::{Attach, Closed, How};
use super::call::{CompletedCall, int};
use super::inspect::Last;
use super::story::Life;
use crate::sys::evidence;
use crate::sys::ptrace::Stopped;
use crate::sys::seccomp::trace::WatchedCall;

impl Tracer<'_> {
    /// Keeps attaches and lives up to date with a call that has worked.
    pub(super) fn take_note(
        &mut self,
        stopped: &Stopped,
        done: &CompletedCall<'_>,
        value: i64,
        number: Option<usize>,
    ) {
        let args = *done.pending.args();
        match done.pending.watched {
            WatchedCall::Shmget => self.note_shmget(done, value as i32, number),
            WatchedCall::Shmat => {
                let shmid = int(args[0]);
                let size = self.meet(done.pid, shmid).map_or(0, |life| life.size);
                let attach = Attach {
                    shmid,
                    address: value as u64,
                    size,
                    read_only: int(args[2]) & libc::SHM_RDONLY != 0,
                    event: number,
                    inherited: false,
                    closed: None,
                };
                // SHM_REMAP, or an munmap that nobody has seen.
                if let Some(replaced) = self.story.attach(done.pid, attach) {
                    self.left(replaced.shmid, 1, None, None);
                }
                self.story.count_attach(done.pid, shmid, 1);
                stopped.stop_at_end(true);
            }
            WatchedCall::Shmdt => self.note_shmdt(stopped, done, number),
            WatchedCall::Shmctl if int(args[1]) == libc::IPC_RMID => {
                let shmid = int(args[0]);
                self.meet(done.pid, shmid);
                let gone = number.is_some() && self.row(done.pid, shmid).is_none();
                if let Some(life) = self.story.life_mut(shmid) {
                    life.marked = life.marked.or(Some(number.unwrap_or(usize::MAX)));
                    life.destroyed |= gone || life.attaches <= life.detaches;
                }
            }
            _ => {}
        }
    }

    fn note_shmget(&mut self, done: &CompletedCall<'_>, shmid: i32, number: Option<usize>) {
        let args = *done.pending.args();
        let known = self.story.life(shmid).is_some_and(|life| !life.destroyed);
        if known {
            return;
        }
        let row = if number.is_some() { self.row(done.pid, shmid) } else { None };
        let made = match &row {
            Some(row) => row.cpid == done.pid,
            // Not looked at, because its like was seen often: new, as those were.
            None => true,
        };
        let role = self.story.role(done.pid);
        self.begin(Life {
            shmid,
            key: int(args[0]),
            size: row.as_ref().map_or(args[1], |row| row.size),
            mode: row.as_ref().map_or(args[2] as u32 & 0o777, |row| row.mode & 0o777),
            made,
            made_by: if made { role } else { row.map_or(String::new(), |row| row.cpid.to_string()) },
            made_at: number.filter(|_| made),
            ..Life::unknown()
        });
    }

    fn note_shmdt(&mut self, stopped: &Stopped, done: &CompletedCall<'_>, number: Option<usize>) {
        let address = done.pending.args()[0];
        let closed = Closed { how: How::Shmdt, event: number };
        let Some(attach) = self.story.detach(done.pid, address, closed) else {
            // One whose address was not kept.
            if let Some(shmid) = done.pending.segment() {
                self.left(shmid, 1, done.pending.last.as_ref(), number);
            }
            return;
        };
        let left = self.story.memory(done.pid).is_some_and(|process| !process.attaches.is_empty());
        stopped.stop_at_end(left);
        self.left(attach.shmid, 1, done.pending.last.as_ref(), number);
    }

    /// A segment has lost so many attaches.
    pub(super) fn left(&mut self, shmid: i32, times: u64, last: Option<&Last>, number: Option<usize>) {
        if let Some(life) = self.story.life_mut(shmid) {
            life.detaches += times;
            if let Some(last) = last {
                life.begins.clone_from(&last.begins);
                if let (Some((offset, bytes)), Some(event)) = (last.beyond, number) {
                    life.beyond.get_or_insert(super::PageTail { offset, bytes, event });
                }
            }
            life.destroyed |= life.marked.is_some() && life.detaches >= life.attaches;
        }
    }

    /// A segment's life begins.
    fn begin(&mut self, life: Life) {
        // What is elsewhere can't be looked at, and stays.
        let blind = self.story.elsewhere;
        self.story.begin(life, |shmid| blind || evidence::one(shmid).is_some());
    }

    /// The life of a segment, begun now if it is met for the first time without a shmget.
    fn meet(&mut self, pid: i32, shmid: i32) -> Option<&Life> {
        if self.story.life(shmid).is_none_or(|life| life.destroyed)
            && let Some(row) = self.row(pid, shmid)
        {
            self.begin(Life {
                shmid,
                key: row.key,
                size: row.size,
                mode: row.mode & 0o777,
                made_by: row.cpid.to_string(),
                ..Life::unknown()
            });
        }
        self.story.life(shmid)
    }
}
