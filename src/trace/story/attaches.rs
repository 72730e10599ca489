//! What a process has attached, and the last of what it had: found by address, by segment and by age, however many
//! there are. Of attachments that have ended only this many are kept as a person reads; nothing here looks at the machine.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

/// A segment attached in a process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attach {
    pub shmid: i32,
    pub address: u64,
    /// The segment's size as shmget was asked for it, in bytes.
    pub size: u64,
    pub read_only: bool,
    /// The number of its shmat; the parent's, for a child that inherited it. None for one that was not kept.
    pub event: Option<usize>,
    /// It came with fork.
    pub inherited: bool,
    pub closed: Option<Closed>,
}

/// How an attachment ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    pub how: How,
    /// The number of the call that did it, if it was kept.
    pub event: Option<usize>,
}

/// What ends an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Shmdt,
    Exec,
    Exit,
    /// A call that no trace stops at: munmap, mremap, or another mapping in its place. It was found out later.
    Unmapped,
}

/// What a look at a process's mappings has shown of an attachment that was known at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing of it is mapped any more.
    Gone(u64),
    /// mremap has moved it from the first address to the second.
    Moved(u64, u64),
}

/// An attachment that was found to be gone.
pub(super) const UNMAPPED: Closed = Closed { how: How::Unmapped, event: None };

/// How many that have ended are kept of a process that runs: the first ones and the newest.
pub(super) const MAX_ENDED: usize = 256;
/// And this many of one that has ended.
pub(super) const FIRST_ENDED: usize = 32;

/// Segments, and how often each is attached.
pub type AttachCounts = Vec<(i32, u64)>;

#[derive(Debug, Clone, Default)]
pub struct Attaches {
    /// By address, with the place in `by_age`.
    open: BTreeMap<u64, (u64, Attach)>,
    /// Addresses, the oldest attach first.
    by_age: BTreeMap<u64, u64>,
    /// Of each segment, the places in `by_age`.
    by_segment: HashMap<i32, BTreeSet<u64>>,
    /// In the order in which they ended.
    closed: VecDeque<Attach>,
    /// The next place in `by_age`.
    next: u64,
}

impl Attaches {
    /// How many are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is open.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// What is attached now, the oldest first.
    pub fn open(&self) -> impl Iterator<Item = &Attach> {
        self.by_age.values().filter_map(|address| self.at(*address))
    }

    /// What has ended, as far as it is kept, in that order.
    pub fn closed(&self) -> impl DoubleEndedIterator<Item = &Attach> {
        self.closed.iter()
    }

    /// Both: what has ended first.
    pub fn all(&self) -> impl Iterator<Item = &Attach> {
        self.closed().chain(self.open())
    }

    /// What begins at an address.
    pub fn at(&self, address: u64) -> Option<&Attach> {
        self.open.get(&address).map(|(_, attach)| attach)
    }

    /// What begins at an address or, where nothing does, what begins nearest below.
    pub fn below(&self, address: u64) -> Option<&Attach> {
        self.open.range(..=address).next_back().map(|(_, (_, attach))| attach)
    }

    /// What has a byte at an address, as far as its size goes.
    pub fn holding(&self, address: u64) -> Option<&Attach> {
        self.below(address).filter(|attach| address - attach.address < attach.size)
    }

    /// What begins at an address or, of all that do, the nearest above it.
    pub fn above(&self, address: u64) -> Option<&Attach> {
        self.open.range(address..).next().map(|(_, (_, attach))| attach)
    }

    /// The oldest attach of a segment.
    pub fn of(&self, shmid: i32) -> Option<&Attach> {
        let age = self.by_segment.get(&shmid)?.first()?;
        self.at(*self.by_age.get(age)?)
    }

    /// The segments that are attached and how often each, the oldest attach's first.
    pub fn segments(&self) -> AttachCounts {
        let mut segments: Vec<_> = self
            .by_segment
            .iter()
            .filter_map(|(shmid, ages)| Some((*ages.first()?, *shmid, ages.len() as u64)))
            .collect();
        segments.sort_unstable();
        segments.into_iter().map(|(_, shmid, times)| (shmid, times)).collect()
    }

    /// One more. What was at its address before has ended by that, and is returned.
    pub fn add(&mut self, attach: Attach) -> Option<Attach> {
        let replaced = self.close(attach.address, Closed { how: How::Unmapped, event: attach.event });
        let age = self.next;
        self.next += 1;
        self.by_age.insert(age, attach.address);
        self.by_segment.entry(attach.shmid).or_default().insert(age);
        self.open.insert(attach.address, (age, attach));
        replaced
    }

    /// The one at this address has ended.
    pub fn close(&mut self, address: u64, closed: Closed) -> Option<Attach> {
        let (age, mut attach) = self.open.remove(&address)?;
        self.by_age.remove(&age);
        if let Some(ages) = self.by_segment.get_mut(&attach.shmid) {
            ages.remove(&age);
            if ages.is_empty() {
                self.by_segment.remove(&attach.shmid);
            }
        }
        attach.closed = Some(closed);
        if self.closed.len() == MAX_ENDED {
            self.closed.remove(FIRST_ENDED);
        }
        self.closed.push_back(attach.clone());
        Some(attach)
    }

    /// All have ended; only the first ones are kept. Which segments they were of, and how often.
    pub fn end(&mut self, closed: Closed) -> AttachCounts {
        let segments = self.segments();
        let left: Vec<Attach> = self.open().take(FIRST_ENDED).cloned().collect();
        self.closed.extend(left.into_iter().map(|attach| Attach { closed: Some(closed), ..attach }));
        (self.open, self.by_age, self.by_segment) = Default::default();
        segments
    }

    /// Lets go of what is not needed of a process that is gone.
    pub fn shrink(&mut self) {
        while self.closed.len() > 2 * FIRST_ENDED {
            self.closed.remove(FIRST_ENDED);
        }
        self.closed.shrink_to_fit();
    }

    /// What a forked child finds attached.
    pub fn inherited(&self) -> Attaches {
        let mut copy = Attaches { closed: VecDeque::new(), ..self.clone() };
        copy.open.values_mut().for_each(|(_, attach)| attach.inherited = true);
        copy
    }

    /// The segment has been moved to another address.
    pub fn move_to(&mut self, from: u64, to: u64) {
        if let Some((age, attach)) = self.open.remove(&from) {
            self.by_age.insert(age, to);
            self.open.insert(to, (age, Attach { address: to, ..attach }));
        }
    }
}

impl Attach {
    /// The end of its last page.
    pub fn end(&self, page: u64) -> u64 {
        self.address.saturating_add(self.size.div_ceil(page).max(1).saturating_mul(page))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attach(shmid: i32, address: u64) -> Attach {
        Attach { shmid, address, size: 10, ..Attach::default() }
    }

    const SHMDT: Closed = Closed { how: How::Shmdt, event: None };

    #[test]
    fn attaches_are_found_by_address_segment_and_age() {
        let mut attaches = Attaches::default();
        for (shmid, address) in [(7, 0x5000), (8, 0x1000), (7, 0x3000)] {
            assert_eq!(attaches.add(attach(shmid, address)), None);
        }
        assert_eq!(attaches.open().map(|a| a.address).collect::<Vec<_>>(), [0x5000, 0x1000, 0x3000]);
        assert_eq!(attaches.segments(), [(7, 2), (8, 1)]);
        assert_eq!(attaches.of(7).map(|a| a.address), Some(0x5000));
        assert_eq!(attaches.below(0x3fff).map(|a| a.address), Some(0x3000));
        assert_eq!(attaches.below(0xfff), None);
        assert_eq!(attaches.close(0x5000, SHMDT).map(|a| a.shmid), Some(7));
        assert_eq!(attaches.close(0x5000, SHMDT), None);
        assert_eq!(attaches.of(7).map(|a| a.address), Some(0x3000));
        // SHM_REMAP in the same place.
        let replaced = attaches.add(attach(9, 0x3000)).and_then(|a| a.closed);
        assert_eq!(replaced.map(|closed| closed.how), Some(How::Unmapped));
        assert_eq!((attaches.of(7), attaches.len()), (None, 2));
        attaches.move_to(0x3000, 0x9000);
        assert_eq!((attaches.at(0x3000), attaches.of(9).map(|a| a.address)), (None, Some(0x9000)));
        assert!(attaches.inherited().open().all(|a| a.inherited));
        assert_eq!(attaches.inherited().closed().count(), 0);
        assert_eq!(attaches.end(SHMDT), [(8, 1), (9, 1)]);
        assert_eq!((attaches.len(), attaches.all().count()), (0, 4));
    }
}
