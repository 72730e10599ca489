//! The lives of segments: made or met, attached and left, marked, over. Every call that has worked counts here, also
//! one that is not told because enough calls like it were.

use serde::Serialize;

use super::Story;
use crate::facts::event::Segment;
use crate::facts::meaning::Holding as Holder;

/// No person reads of more segments that are gone, and each costs memory.
pub(super) const FIRST_LIVES: usize = 1000;
/// Of more segments nothing is kept, whether they are gone or not: a kernel has at most 32,768 unless it was
/// started with larger tables.
pub(super) const MAX_LIVES: usize = 40_000;
/// How many roles are kept of those that have attached a segment.
pub(super) const MAX_ROLES_OF_ONE: usize = 16;
/// Of more segments a process may be counted twice.
const MAX_MET: usize = 4096;

/// A segment that the program had to do with.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Life {
    pub shmid: i32,
    /// As at the beginning: IPC_RMID sets the row's key to 0.
    pub key: i32,
    pub size: u64,
    pub mode: u32,
    /// Whether a process of the program made it; else it was there before.
    pub made: bool,
    /// Its creator's role; its pid where it was there before.
    pub made_by: String,
    /// Number of the shmget that made it, if it was kept.
    pub made_at: Option<usize>,
    /// Who had it attached before, none of them a process of the program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holders: Vec<Holder>,
    /// The first roles that attached it, each once; children that inherited it included.
    pub attached_by: Vec<String>,
    /// How many more there were.
    pub attached_by_more: u64,
    pub attaches: u64,
    pub detaches: u64,
    /// How many of these were shmdt.
    pub shmdts: u64,
    /// Number of the first IPC_RMID that succeeded; `usize::MAX` for one that was not kept.
    pub marked: Option<usize>,
    pub destroyed: bool,
    /// Some process's bytes behind its size: the role and the number of the event at which they were seen.
    pub beyond: Option<PageTail>,
    /// Its first bytes when the program was last seen to leave it.
    #[serde(serialize_with = "crate::facts::outcome::as_text")]
    pub begins: Vec<u8>,
    /// Processes that left it while all that was looked at of it was 0, as many as a person reads.
    #[serde(skip)]
    pub left_empty: Vec<Emptiness>,
    /// Addresses in it that are some process's own memory.
    #[serde(skip)]
    pub pointers: Vec<KnownPointer>,
    /// Its row after the program's end; none if it is gone or could not be looked at.
    pub left: Option<Segment>,
}

/// Bytes behind a segment's size and before the end of its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PageTail {
    /// Of the first byte that is not zero.
    pub offset: u64,
    /// From that one to the last that is not zero.
    pub bytes: u64,
    /// The event at which they were seen.
    pub event: usize,
}

/// A segment as a process had it just before it left it.
#[derive(Debug, Clone, Default)]
pub struct LastLook {
    pub pid: i32,
    pub shmid: i32,
    pub address: u64,
    pub begins: Vec<u8>,
    /// Bytes behind its size: the offset of the first that is not zero, and how many there are.
    pub beyond: Option<(u64, u64)>,
    /// Addresses of the process's own memory among the segment's first bytes.
    pub pointers: Vec<KnownPointer>,
    /// How many bytes from the first on are 0, if that is all that were looked at.
    pub zeros: Option<u64>,
}

/// A process that left a segment with nothing in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emptiness {
    pub pid: i32,
    /// The number of its shmdt or exit.
    pub event: usize,
    /// How many bytes were looked at.
    pub bytes: u64,
}

/// An address that is in a segment, and whose memory it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPointer {
    pub offset: u64,
    pub address: u64,
    pub owner: String,
    /// What the memory is: `heap`, `stack` and so on.
    pub memory: &'static str,
}

impl Life {
    /// One that was there before, as its row says.
    pub fn found(row: &Segment) -> Life {
        Life {
            shmid: row.shmid,
            key: row.key,
            size: row.size,
            mode: row.mode & 0o777,
            made_by: row.cpid.to_string(),
            ..Life::default()
        }
    }
}

impl Story {
    /// Whether a segment's life is known and not over.
    pub fn lives_on(&self, shmid: i32) -> bool {
        self.life(shmid).is_some_and(|life| !life.destroyed)
    }

    /// A shmget of this process has returned a segment that was not known. `asked`: its identifier, and what it would
    /// be if it was made as it was asked for. `row`: as it is; none if it was not looked at because calls like it were
    /// seen often, and then it is new, as those were. `there`: whether the kernel has a segment.
    pub fn shmget(
        &mut self,
        pid: i32,
        asked: Life,
        row: Option<&Segment>,
        event: Option<usize>,
        there: impl Fn(i32) -> bool,
    ) {
        let (shmid, key) = (asked.shmid, asked.key);
        let known = Life { shmid, key, ..row.map_or(asked, Life::found) };
        let life = if row.is_none_or(|row| row.cpid == pid) {
            Life { made: true, made_by: self.role(pid), made_at: event, ..known }
        } else {
            known
        };
        self.begin(life, there);
    }

    /// A segment's life begins. `there`: whether the kernel has a segment.
    pub fn begin(&mut self, life: Life, there: impl Fn(i32) -> bool) {
        if self.lives.len() >= self.full.max(FIRST_LIVES) {
            self.let_lives_go(there);
        }
        self.by_id.insert(life.shmid, self.lives.len());
        self.lives.push(life);
    }

    /// Forgets the segments that are gone and of which nothing was reported that is still known; `there`: whether the
    /// kernel still has one that was not seen to go. What is elsewhere can't be looked at, and stays.
    fn let_lives_go(&mut self, there: impl Fn(i32) -> bool) {
        let all = std::mem::take(&mut self.lives);
        let before = all.len();
        let known = |number: usize| self.event(number).is_some();
        let told = |life: &Life| {
            life.made_at.is_some_and(known) || life.beyond.is_some_and(|beyond| known(beyond.event))
        };
        let stays = |(place, life): &(usize, Life)| {
            let last = self.by_id.get(&life.shmid) == Some(place);
            let may_be_there = || self.elsewhere || there(life.shmid);
            told(life) || (last && !life.destroyed && *place < MAX_LIVES && may_be_there())
        };
        self.lives = all.into_iter().enumerate().filter(stays).map(|(_, life)| life).collect();
        self.passed += before - self.lives.len();
        self.full = (2 * self.lives.len()).min(MAX_LIVES).max(self.lives.len() + FIRST_LIVES);
        self.by_id = self.lives.iter().enumerate().map(|(place, life)| (life.shmid, place)).collect();
    }

    /// These had a segment attached before.
    pub fn held_before(&mut self, shmid: i32, holders: Vec<Holder>) {
        self.life_mut(shmid).into_iter().for_each(|life| life.holders.clone_from(&holders));
    }

    /// IPC_RMID has marked a segment. `gone`: it was looked for, and is not there any more.
    pub fn mark(&mut self, shmid: i32, event: Option<usize>, gone: bool) {
        if let Some(life) = self.life_mut(shmid) {
            life.marked = life.marked.or(Some(event.unwrap_or(usize::MAX)));
            life.destroyed |= gone || life.attaches <= life.detaches;
        }
    }

    /// This process has attached a segment, this number of times.
    pub(super) fn count_attach(&mut self, pid: i32, shmid: i32, times: u64) {
        let role = self.role(pid);
        let new = self.process_mut(pid).is_none_or(|process| {
            if process.met.len() >= MAX_MET {
                process.met.clear();
            }
            process.met.insert(shmid)
        });
        let Some(life) = self.life_mut(shmid) else { return };
        life.attaches += times;
        if !new || life.attached_by.contains(&role) {
            return;
        }
        if life.attached_by.len() < MAX_ROLES_OF_ONE {
            life.attached_by.push(role);
        } else {
            life.attached_by_more += 1;
        }
    }

    /// A segment has lost this number of attachments. `last`: what was seen of it just before the event with this number.
    pub(super) fn left(&mut self, shmid: i32, times: u64, last: Option<&LastLook>, event: Option<usize>) {
        let Some(life) = self.life_mut(shmid) else { return };
        life.detaches += times;
        if let Some(last) = last {
            life.begins.clone_from(&last.begins);
            if let (Some(bytes), Some(event)) = (last.zeros, event)
                && life.left_empty.len() < MAX_ROLES_OF_ONE
            {
                life.left_empty.push(Emptiness { pid: last.pid, event, bytes });
            }
            if !last.pointers.is_empty() {
                life.pointers.clone_from(&last.pointers);
            }
            if let (Some((offset, bytes)), Some(event)) = (last.beyond, event) {
                life.beyond.get_or_insert(PageTail { offset, bytes, event });
            }
        }
        life.destroyed |= life.marked.is_some() && life.detaches >= life.attaches;
    }
}
