//! What lab knows of the kernel's tables in an order's namespace. It began empty and every call in it is seen, so that
//! the table is complete: who has which segment attached, which is marked, what its bytes were. From a call and its
//! answer follows what the step touched.

use std::collections::HashMap;

use super::footprint::{Access, Footprint, Object};
use super::step::{Answer, Call, Note, Operation};

use Access::{Adds, Reads, Writes};

/// A larger segment is taken for written in each step in which it is attached.
pub const MAX_COMPARED: u64 = 64 * 1024;

#[derive(Debug, Default, Clone)]
struct Segment {
    key: i32,
    size: u64,
    /// The process that made it.
    maker: i32,
    marked: bool,
    /// Its bytes as they were last read; none as long as they are all 0.
    bytes: Option<Vec<u8>>,
}

/// The tables.
#[derive(Debug, Default)]
pub struct Kernel {
    segments: HashMap<i32, Segment>,
    /// Of each process: address and segment of each attachment, and whether it may write.
    attached: HashMap<i32, Vec<(u64, i32, bool)>>,
    semaphore_keys: HashMap<i32, i32>,
    /// Sets whose operations are undone when a process ends.
    undone: HashMap<i32, Vec<i32>>,
    /// Who removed which segment or set: role and step.
    removed: HashMap<Object, (String, usize)>,
    /// What is worth saying of the call that is looked at.
    notes: Vec<Note>,
}

impl Kernel {
    /// A child has what its parent has attached.
    pub fn fork(&mut self, parent: i32, child: i32) {
        let inherited = self.attached.get(&parent).cloned().unwrap_or_default();
        self.attached.insert(child, inherited);
    }

    /// A process runs another program.
    pub fn exec(&mut self, process: i32) {
        self.attached.remove(&process);
    }

    pub fn attachments(&self, process: i32) -> &[(u64, i32, bool)] {
        self.attached.get(&process).map_or(&[], Vec::as_slice)
    }

    pub fn size(&self, id: i32) -> u64 {
        self.segments.get(&id).map_or(0, |segment| segment.size)
    }

    /// What all segments have together.
    pub fn all_bytes(&self) -> u64 {
        self.segments.values().fold(0, |sum, segment| sum.saturating_add(segment.size))
    }

    fn times_attached(&self, id: i32) -> usize {
        self.attached.values().flatten().filter(|(_, one, _)| *one == id).count()
    }

    /// Whether another process made it, and no process has written to it.
    fn unwritten(&self, id: i32, process: i32) -> bool {
        let zeros = |segment: &Segment| segment.bytes.is_none() && segment.size <= MAX_COMPARED;
        self.segments.get(&id).is_some_and(|segment| segment.maker != process && zeros(segment))
    }

    /// These are a segment's bytes now; whether they are others than before.
    pub fn now_holds(&mut self, id: i32, bytes: &[u8]) -> bool {
        let Some(segment) = self.segments.get_mut(&id) else { return false };
        let same = match &segment.bytes {
            Some(known) => known == bytes,
            None => bytes.iter().all(|byte| *byte == 0),
        };
        if !same {
            segment.bytes = Some(bytes.to_owned());
        }
        !same
    }

    /// A call has come back: what it touched, and what is worth saying of it. `who`: the process, its name, its step.
    pub fn done(
        &mut self,
        (process, role, step): (i32, &str, usize),
        call: &Call,
        answer: &Answer,
    ) -> (Footprint, Vec<Note>) {
        let value = match answer {
            Answer::Returned(value) => Some(*value),
            _ => None,
        };
        let by = (role, step);
        let touched = match call {
            Call::Shmget { key, size, .. } => self.shmget(process, (*key, *size), value),
            Call::Shmat { id, flags, .. } => self.shmat(process, (*id, *flags), value),
            Call::Shmdt { address, id } => {
                let touched = self.detaches(id.iter().copied().filter(|_| value.is_some()));
                if value.is_some() {
                    self.attached.entry(process).or_default().retain(|(at, _, _)| at != address);
                    id.iter().for_each(|id| self.last_detach(*id, by));
                }
                touched
            }
            Call::Shmctl { id, command } => self.shmctl(*id, *command, value, by),
            Call::Semget { key, .. } => self.semget(*key, value),
            Call::Semop { id, operations } => {
                let undone = operations.iter().any(|one| i32::from(one.flags) & libc::SEM_UNDO != 0);
                if undone {
                    self.undone.entry(process).or_default().push(*id);
                }
                semop(*id, operations)
            }
            Call::Semctl { id, command, .. } => {
                let mut touched = semctl(*id, *command);
                if value.is_some() && *command == libc::IPC_RMID {
                    self.removes(Object::Semaphore(*id), by);
                    let key = self.semaphore_keys.iter().find(|(_, known)| *known == id).map(|(key, _)| *key);
                    key.into_iter().for_each(|key| touched.add(Object::SemaphoreKey(key), Writes));
                    self.semaphore_keys.retain(|_, known| known != id);
                }
                touched
            }
            Call::Fork => self.detaches(self.attachments(process).iter().map(|(_, id, _)| *id)),
            Call::Begin | Call::GoOn | Call::Sleep | Call::Spin | Call::Wake => Footprint::default(),
            Call::End => {
                let touched = self.end_touches(process);
                let left = self.attached.remove(&process).unwrap_or_default();
                left.into_iter().for_each(|(_, id, _)| self.last_detach(id, by));
                self.undone.remove(&process);
                touched
            }
        };
        self.notes.extend(self.remover(call, answer));
        (touched, std::mem::take(&mut self.notes))
    }

    /// Who had removed what a call names, if it failed because of that.
    pub fn remover(&self, call: &Call, answer: &Answer) -> Option<Note> {
        let object = match call {
            _ if !matches!(answer, Answer::Failed(libc::EINVAL | libc::EIDRM)) => return None,
            Call::Shmat { id, .. } | Call::Shmctl { id, .. } => Object::Segment(*id),
            Call::Semop { id, .. } | Call::Semctl { id, .. } => Object::Semaphore(*id),
            _ => return None,
        };
        let (role, step) = self.removed.get(&object)?;
        Some(Note::RemovedBy { role: role.clone(), step: *step })
    }

    fn shmget(&mut self, maker: i32, (key, size): (i32, u64), id: Option<i64>) -> Footprint {
        let id = id.map(|id| id as i32);
        let new = id.filter(|id| !self.segments.contains_key(id));
        let mut touched = Footprint::default();
        if key != libc::IPC_PRIVATE {
            touched.add(Object::SegmentKey(key), if new.is_some() { Writes } else { Reads });
        }
        if let Some(id) = new {
            touched.add(Object::SegmentIds, Writes);
            self.segments.insert(id, Segment { key, size, maker, ..Segment::default() });
            self.notes.push(Note::Made);
        }
        id.into_iter().filter(|_| new.is_none()).for_each(|id| touched.add(Object::Segment(id), Reads));
        touched
    }

    fn shmat(&mut self, process: i32, (id, flags): (i32, i32), address: Option<i64>) -> Footprint {
        let mut touched = Footprint::default().with(&[(Object::Segment(id), Reads)]);
        if let Some(address) = address {
            touched.add(Object::Attaches(id), self.counting(id));
            let writes = flags & libc::SHM_RDONLY == 0;
            self.attached.entry(process).or_default().push((address as u64, id, writes));
            let unwritten = self.unwritten(id, process);
            self.notes.extend(unwritten.then_some(Note::Unwritten));
        }
        touched
    }

    fn is_marked(&self, id: i32) -> bool {
        self.segments.get(&id).is_some_and(|segment| segment.marked)
    }

    /// A count that no process looks at is the same in either order; of a marked segment the last one counts.
    fn counting(&self, id: i32) -> Access {
        if self.is_marked(id) { Writes } else { Adds }
    }

    fn detaches(&self, ids: impl Iterator<Item = i32>) -> Footprint {
        let mut touched = Footprint::default();
        for id in ids {
            touched.add(Object::Attaches(id), self.counting(id));
            if self.counting(id) == Writes {
                touched.add(Object::Segment(id), Writes);
            }
        }
        touched
    }

    /// What a process's end will touch.
    pub fn end_touches(&self, process: i32) -> Footprint {
        let ids = self.attachments(process).iter().map(|(_, id, _)| *id);
        let mut touched = self.detaches(ids);
        for id in self.undone.get(&process).into_iter().flatten() {
            touched.add(Object::Semaphore(*id), Writes);
        }
        touched
    }

    fn removes(&mut self, object: Object, (role, step): (&str, usize)) {
        self.removed.insert(object, (role.into(), step));
    }

    fn last_detach(&mut self, id: i32, by: (&str, usize)) {
        if self.is_marked(id) && self.times_attached(id) == 0 {
            self.segments.remove(&id);
            self.removes(Object::Segment(id), by);
            self.notes.push(Note::Destroyed(id));
        }
    }

    fn shmctl(&mut self, id: i32, command: i32, value: Option<i64>, by: (&str, usize)) -> Footprint {
        let touched = Footprint::default();
        match command {
            libc::IPC_RMID => {
                let key = self.segments.get(&id).map_or(0, |segment| segment.key);
                let mut touched =
                    touched.with(&[(Object::Segment(id), Writes), (Object::Attaches(id), Reads)]);
                if key != libc::IPC_PRIVATE {
                    touched.add(Object::SegmentKey(key), Writes);
                }
                if value.is_some() {
                    self.removes(Object::Segment(id), by);
                    if self.times_attached(id) == 0 {
                        self.segments.remove(&id);
                        self.notes.push(Note::Destroyed(id));
                    } else if let Some(segment) = self.segments.get_mut(&id) {
                        (segment.marked, segment.key) = (true, 0);
                        self.notes.push(Note::Marked(id));
                    }
                }
                touched
            }
            libc::IPC_SET | libc::SHM_LOCK | libc::SHM_UNLOCK => {
                touched.with(&[(Object::Segment(id), Writes)])
            }
            libc::IPC_STAT => touched.with(&[(Object::Segment(id), Reads), (Object::Attaches(id), Reads)]),
            // It looks at all of them.
            _ => self.segments.keys().fold(touched.with(&[(Object::SegmentIds, Reads)]), |all, id| {
                all.with(&[(Object::Segment(*id), Reads), (Object::Attaches(*id), Reads)])
            }),
        }
    }

    fn semget(&mut self, key: i32, id: Option<i64>) -> Footprint {
        let id = id.map(|id| id as i32);
        let known = self.semaphore_keys.get(&key).copied();
        let new = id.filter(|id| key == libc::IPC_PRIVATE || known != Some(*id));
        let mut touched = Footprint::default();
        if key != libc::IPC_PRIVATE {
            touched.add(Object::SemaphoreKey(key), if new.is_some() { Writes } else { Reads });
        }
        if let Some(id) = new {
            touched.add(Object::SemaphoreIds, Writes);
            if key != libc::IPC_PRIVATE {
                self.semaphore_keys.insert(key, id);
            }
        }
        touched
    }
}

/// What operations on a set touch, whether they were done or not: to count up is the same in either order.
pub fn semop(id: i32, operations: &[Operation]) -> Footprint {
    let access = |one: &Operation| match one.change {
        0 => Reads,
        1.. => Adds,
        _ => Writes,
    };
    let mut touched = Footprint::default();
    operations.iter().for_each(|one| touched.add(Object::Semaphore(id), access(one)));
    touched
}

fn semctl(id: i32, command: i32) -> Footprint {
    let access = match command {
        libc::SETVAL | libc::SETALL | libc::IPC_RMID | libc::IPC_SET => Writes,
        _ => Reads,
    };
    Footprint::default().with(&[(Object::Semaphore(id), access)])
}
