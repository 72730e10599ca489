//! A start line for two actors: one page that both have for the time of one step. Each waits there until the other has
//! come, and each can see that the other is done. Waiting is a loop that makes no system call, because the kernel
//! would stop an observed process at each one and so separate the two again. It waits for no one who is dead: after a
//! bounded number of rounds a process starts alone.

use std::io;
use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};

use super::{memory, memory_file};

/// How often a process looks whether the other one has come: some seconds' worth.
const MAX_ROUNDS: u32 = 1 << 28;

/// What stands on the page. All zeros is its beginning.
#[derive(Debug, Default)]
struct Page {
    arrived: AtomicU32,
    over: AtomicBool,
}

/// One actor's view of it.
#[derive(Debug)]
pub struct Barrier(NonNull<Page>);

impl Barrier {
    /// Makes a page, for two actors to be handed.
    pub fn make() -> io::Result<OwnedFd> {
        let memory = memory_file::unnamed()?;
        memory.set_len(size_of::<Page>() as u64)?;
        Ok(memory.into())
    }

    /// Maps the page that [`Barrier::make`] has made.
    pub fn of(memory: &OwnedFd) -> io::Result<Barrier> {
        memory::shared(Some(memory)).map(Barrier)
    }

    fn page(&self) -> &Page {
        // SAFETY: it is mapped until `drop`, is as large as a page of ours, began as zeros, which is a value of it, and
        // both processes change it only through its atomics.
        unsafe { self.0.as_ref() }
    }

    /// Waits until the other one is here as well, or is done already.
    pub fn meet(&self) {
        self.page().arrived.fetch_add(1, SeqCst);
        let mut rounds = 0;
        while self.page().arrived.load(SeqCst) < 2 && !self.is_over() && rounds < MAX_ROUNDS {
            std::hint::spin_loop();
            rounds += 1;
        }
    }

    /// This one is done, or will not come.
    pub fn leave(&self) {
        self.page().over.store(true, SeqCst);
    }

    /// Whether one of the two is done.
    pub fn is_over(&self) -> bool {
        self.page().over.load(SeqCst)
    }
}

impl Drop for Barrier {
    fn drop(&mut self) {
        // SAFETY: what `of` has mapped; no reference into it outlives this value.
        unsafe { libc::munmap(self.0.as_ptr().cast(), size_of::<Page>()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_meet_and_neither_waits_for_one_that_has_left() {
        let memory = Barrier::make().expect("a page");
        let ours = Barrier::of(&memory).expect("a view");
        std::thread::scope(|scope| {
            scope.spawn(|| Barrier::of(&memory).expect("another view").meet());
            ours.meet();
        });
        assert!(!ours.is_over());
        let memory = Barrier::make().expect("a page");
        let (ours, theirs) = (Barrier::of(&memory).expect("a view"), Barrier::of(&memory).expect("another"));
        theirs.leave();
        ours.meet();
        assert!(ours.is_over());
    }
}
