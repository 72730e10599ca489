//! Memory in which a message stands, as words that another process or the kernel may change at any moment: pages of this
//! process's own, or a segment that both have attached. Every access is atomic. It is mapped as long as this value lives.

use std::ptr::NonNull;
use std::slice;
use std::sync::atomic::AtomicU64;

use super::shm::{self, Returned};
use super::{memory, settings};

/// Bytes of a word.
pub const WORD: u64 = size_of::<u64>() as u64;

#[derive(Debug)]
pub struct Place {
    start: NonNull<AtomicU64>,
    words: usize,
    /// A segment is detached, pages of our own are unmapped.
    segment: bool,
}

impl Place {
    /// Pages of this process's own, all zeros.
    pub fn own(bytes: u64) -> Returned<Place> {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let bytes = bytes.next_multiple_of(settings::page_size());
        Place::at(memory::mmap(0, bytes, access, kind, -1, 0)?, bytes, false)
    }

    /// A segment of this size, attached where the kernel likes. EINVAL: the segment is smaller.
    pub fn attached(id: i32, bytes: u64) -> Returned<Place> {
        if shm::stat(id)?.size < bytes {
            return Err(libc::EINVAL);
        }
        Place::at(shm::shmat(id, 0, 0)?, bytes, true)
    }

    fn at(address: u64, bytes: u64, segment: bool) -> Returned<Place> {
        let start = std::ptr::with_exposed_provenance_mut(address as usize);
        let start = NonNull::new(start).ok_or(libc::ENOMEM)?;
        Ok(Place { start, words: (bytes / WORD) as usize, segment })
    }

    pub fn words(&self) -> &[AtomicU64] {
        // SAFETY: it is mapped until `drop`, begins at a page, and has this many words, each of which is a value whatever
        // its bytes are. It is read and written through these atomics, and by the kernel for a call of ours.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.words) }
    }

    /// The address of a word, for a call.
    pub fn address(&self, word: usize) -> u64 {
        self.words().get(word).map_or(0, |word| word.as_ptr().expose_provenance() as u64)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.segment {
            let _ = shm::shmdt(self.start.as_ptr().expose_provenance() as u64);
        } else {
            // SAFETY: what `own` has mapped, and as much of it; no reference into it outlives this value.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.words * WORD as usize) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;

    #[test]
    fn a_place_has_whole_pages_of_zeros_and_keeps_what_is_stored() {
        let place = Place::own(100).expect("pages");
        assert_eq!(place.words().len() as u64 * WORD, settings::page_size());
        assert!(place.words().iter().all(|word| word.load(SeqCst) == 0));
        place.words()[3].store(7, SeqCst);
        assert_eq!(place.words()[3].load(SeqCst), 7);
        assert_eq!(place.address(3), place.address(0) + 3 * WORD);
        assert_eq!(place.address(usize::MAX), 0);
    }
}
