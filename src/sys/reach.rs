//! Which memory of an actor a lesson may touch: what the lesson itself has put there, and places where every access
//! faults, since a SIGSEGV is what some lessons are about. The rest of an actor is lab's own code, heap, stack and
//! sockets, and a store there could do anything; so each access is looked at here before it is made.
//!
//! It asks the kernel with mincore(2), which needs no file and no permission. It changes nothing but the limit of
//! the stack, so that it knows how far down an access could still make the stack grow.

use std::collections::BTreeMap;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::settings::page_size;

/// The most that an actor's stack may have, in bytes: what most systems give.
const STACK: u64 = 8 << 20;

/// What lies behind the memory of the lesson's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreachable {
    /// Nothing is mapped there, so that any access is a SIGSEGV.
    Faults,
    /// Something of lab's, or a place where the stack would grow.
    Foreign,
}

/// A lesson's own memory in this process.
#[derive(Debug, Clone)]
pub struct Reach {
    /// Where each piece begins, and the address after its last byte. No two meet.
    own: BTreeMap<u64, u64>,
    /// Where each segment is attached, and how many bytes of it.
    attached: BTreeMap<u64, u64>,
    /// Where an access could make the stack grow: from here up to the stack.
    stack: (u64, u64),
    page: u64,
}

impl Reach {
    /// For a lesson that has nothing yet.
    pub fn new() -> Reach {
        let here = 0_u8;
        let here = (&raw const here).expose_provenance() as u64;
        let (_, hard) = getrlimit(Resource::RLIMIT_STACK).unwrap_or((u64::MAX, u64::MAX));
        let kept = hard.min(STACK);
        let most = match setrlimit(Resource::RLIMIT_STACK, kept, kept) {
            Ok(()) => kept,
            Err(_) => hard,
        };
        // Twice, since what lies above this frame counts as well, and the kernel rounds.
        let stack = (here.saturating_sub(most.saturating_mul(2)), here);
        Reach { own: BTreeMap::new(), attached: BTreeMap::new(), stack, page: page_size() }
    }

    /// From now on these bytes are the lesson's.
    pub fn add(&mut self, start: u64, length: u64) {
        self.remove(start, length);
        if length > 0 {
            self.own.insert(start, start.saturating_add(length));
        }
    }

    /// The same with whole pages: a mapping.
    pub fn add_pages(&mut self, start: u64, length: u64) {
        let (start, end) = self.pages(start, length);
        self.add(start, end - start);
    }

    /// A segment of this size is attached here.
    pub fn attach(&mut self, at: u64, size: u64) {
        self.add_pages(at, size);
        self.attached.insert(at, size);
    }

    /// shmdt has detached what was here, and what comes there next may be lab's. Where two segments were attached at
    /// one place, one over the other, lab can't know how much has gone: then nothing from here on is the lesson's.
    pub fn detach(&mut self, at: u64) {
        let size = self.attached.remove(&at).unwrap_or(u64::MAX);
        let (start, end) = self.pages(at, size);
        self.remove(start, end - start);
    }

    fn remove(&mut self, start: u64, length: u64) {
        let end = start.saturating_add(length);
        let met: Vec<_> =
            self.own.range(..end).filter(|piece| *piece.1 > start).map(|(a, b)| (*a, *b)).collect();
        for (first, last) in met {
            self.own.remove(&first);
            if first < start {
                self.own.insert(first, start);
            }
            if last > end {
                self.own.insert(end, last);
            }
        }
    }

    fn pages(&self, start: u64, length: u64) -> (u64, u64) {
        let end = start.saturating_add(length);
        (start & !(self.page - 1), end.checked_next_multiple_of(self.page).unwrap_or(u64::MAX))
    }

    /// Whether a lesson may touch `length` bytes from `address` on, one after the other. The error is the first address
    /// that is lab's.
    pub fn touch(&self, address: u64, length: u64) -> Result<(), u64> {
        let (end, beyond) = self.from(address, length);
        if end - address >= length || beyond == Unreachable::Faults { Ok(()) } else { Err(end) }
    }

    /// How many bytes of a text at `address` may be read to look for its NUL: up to `most`, and all of them where
    /// the byte after the lesson's own would fault. Where it would not, only the lesson's own, and then the
    /// address after them is the second value.
    pub fn text(&self, address: u64, most: u64) -> (u64, Option<u64>) {
        let (end, beyond) = self.from(address, most);
        match beyond {
            Unreachable::Foreign if end - address < most => (end - address, Some(end)),
            _ => (most, None),
        }
    }

    /// Whether a mapping may be put over all pages of a range, whatever is there now. The error is the first address
    /// that is lab's.
    pub fn replace(&self, address: u64, length: u64) -> Result<(), u64> {
        let (mut at, end) = self.pages(address, length);
        while at < end {
            let (owned, beyond) = self.from(at, self.page);
            // A page that is the lesson's in part holds something of lab's as well.
            if owned - at < self.page && (beyond == Unreachable::Foreign || owned > at) {
                return Err(owned);
            }
            at += self.page;
        }
        Ok(())
    }

    /// Where the lesson's own memory from `address` on ends, no further than `length`, and what is there.
    fn from(&self, address: u64, length: u64) -> (u64, Unreachable) {
        let end = address.saturating_add(length);
        let mut at = address;
        while at < end
            && let Some((_, last)) = self.own.range(..=at).next_back().filter(|piece| *piece.1 > at)
        {
            at = *last;
        }
        let at = at.min(end);
        let grows = (self.stack.0..self.stack.1).contains(&at);
        (at, if grows || self.mapped(at) { Unreachable::Foreign } else { Unreachable::Faults })
    }

    /// Whether anything is mapped at an address, whatever it may be used for.
    fn mapped(&self, address: u64) -> bool {
        let page = address & !(self.page - 1);
        let mut seen = [0_u8; 1];
        let start = std::ptr::with_exposed_provenance_mut::<libc::c_void>(page as usize);
        // SAFETY: mincore reads no memory at the address, it only looks it up; for one page it writes one byte,
        // and the buffer has one.
        let done = unsafe { libc::mincore(start, self.page as usize, seen.as_mut_ptr()) };
        // ENOMEM says that nothing is mapped. Whatever else goes wrong, the place counts as lab's.
        done == 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::ENOMEM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(pieces: &[(u64, u64)]) -> Reach {
        let mut reach =
            Reach { own: BTreeMap::new(), attached: BTreeMap::new(), stack: (0, 0), page: page_size() };
        for (start, length) in pieces {
            reach.add(*start, *length);
        }
        reach
    }

    /// A page of this process that is not the lesson's, and one where nothing is.
    fn places() -> (u64, u64) {
        let here = page_size() * 16;
        let block = crate::sys::memory::mmap(
            0,
            here,
            libc::PROT_READ,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        (block.expect("a mapping"), page_size())
    }

    #[test]
    fn pieces_that_meet_are_one_and_a_hole_is_none() {
        let (block, page) = places();
        let mut reach = reach(&[(block, 100), (block + 100, 50), (block + page, page)]);
        assert_eq!(reach.touch(block, 150), Ok(()));
        assert_eq!(reach.touch(block, 151), Err(block + 150));
        assert_eq!(reach.touch(block + 149, 1), Ok(()));
        assert_eq!(reach.touch(block.wrapping_sub(1), 1).is_err(), reach.mapped(block - 1));
        reach.attach(block, 1);
        assert_eq!(reach.touch(block, page), Ok(()));
        reach.detach(block);
        assert_eq!(reach.touch(block, 1), Err(block));
        assert_eq!(reach.touch(block + page, page), Ok(()));
        reach.add(block + page + 10, 20);
        assert_eq!(reach.touch(block + page, page), Ok(()));
        reach.remove(block + page + 10, 20);
        assert_eq!(reach.touch(block + page, page), Err(block + page + 10));
        assert_eq!(reach.touch(block + page + 30, page - 30), Ok(()));
        reach.detach(block);
        assert_eq!(reach.touch(block + page, 1), Err(block + page), "it is not known how much went");
    }

    #[test]
    fn where_nothing_is_mapped_everything_may_be_tried() {
        for nowhere in [0, 1, page_size() - 1, 1 << 47, 0x1122_3344_5566_7788, u64::MAX - 7, u64::MAX] {
            let reach = reach(&[]);
            assert_eq!(reach.touch(nowhere, 8), Ok(()), "{nowhere:#x}");
            assert_eq!(reach.touch(nowhere, u64::MAX), Ok(()), "{nowhere:#x}");
            assert_eq!(reach.text(nowhere, 4096), (4096, None), "{nowhere:#x}");
        }
    }

    #[test]
    fn a_text_is_read_as_far_as_it_is_the_lessons() {
        let (block, _) = places();
        let reach = reach(&[(block + 5, 20)]);
        assert_eq!(reach.text(block + 5, 4096), (20, Some(block + 25)));
        assert_eq!(reach.text(block + 5, 20), (20, None));
        assert_eq!(reach.text(block + 24, 4096), (1, Some(block + 25)));
        assert_eq!(reach.text(block, 4096), (0, Some(block)));
    }

    #[test]
    fn only_whole_pages_of_the_lessons_are_replaced() {
        let (block, page) = places();
        let mut reach = reach(&[(block, 2 * page), (block + 3 * page, page / 2)]);
        assert_eq!(reach.replace(block, 2 * page), Ok(()));
        assert_eq!(reach.replace(block + 1, 10), Ok(()));
        assert_eq!(reach.replace(block, 2 * page + 1), Err(block + 2 * page));
        assert_eq!(reach.replace(block + 3 * page, 1), Err(block + 3 * page + page / 2));
        assert_eq!(reach.replace(0, page), Ok(()), "nothing is there");
        reach.stack = (block - 4 * page, block - page);
        assert_eq!(reach.touch(block - page - 1, 1), Err(block - page - 1));
        assert_eq!(reach.replace(block - 4 * page, page), Err(block - 4 * page));
    }

    #[test]
    fn what_lab_has_in_this_process_is_out_of_reach() {
        let reach = Reach::new();
        let on_the_stack = 0_u8;
        let on_the_heap = Box::new(0_u8);
        static CONSTANT: u8 = 0;
        let code = Reach::new as *const () as u64;
        let places = [&raw const on_the_stack, &raw const *on_the_heap, &raw const CONSTANT];
        for place in places.map(|place| place.expose_provenance() as u64).into_iter().chain([code]) {
            assert_eq!(reach.touch(place, 1), Err(place));
            assert_eq!(reach.text(place, 10), (0, Some(place)));
            assert_eq!(reach.replace(place, 1), Err(place & !(page_size() - 1)));
        }
    }
}
