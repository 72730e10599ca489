//! A pipe of a lesson's: pipe(2), read(2) and write(2) by hand. Whoever holds one can use its two descriptors and no
//! others; no number comes in from outside.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::returned;
use super::shm::Returned;

/// The two ends of a pipe, and their numbers die with this value.
#[derive(Debug)]
pub struct Pipe([OwnedFd; 2]);

impl Pipe {
    /// One process's side of two pipes, or of a socket pair: what it reads, and what it writes to.
    pub fn side(reads: OwnedFd, writes: OwnedFd) -> Pipe {
        Pipe([reads, writes])
    }

    /// The numbers of its two descriptors.
    pub fn numbers(&self) -> [libc::c_int; 2] {
        [self.number(0), self.number(1)]
    }

    /// pipe(2).
    pub fn new() -> Returned<Pipe> {
        let mut numbers: [libc::c_int; 2] = [-1; 2];
        // SAFETY: the kernel writes two ints, and there is room for two.
        returned(unsafe { libc::pipe(numbers.as_mut_ptr()) })?;
        // SAFETY: the kernel has just given out these two numbers, and nothing else knows them.
        Ok(Pipe(numbers.map(|number| unsafe { OwnedFd::from_raw_fd(number) })))
    }

    /// read(2) from one end: 0 is where a pipe is read, and at 1 the kernel says EBADF. It waits while the pipe is empty.
    pub fn read(&self, end: usize, address: u64, size: u64) -> Returned<i64> {
        let place = std::ptr::with_exposed_provenance_mut::<libc::c_void>(address as usize);
        // SAFETY: the kernel writes at most `size` bytes; the actor has asked `Reach::touch` for every one of them, so that
        // they are the lesson's own, to which Rust holds no reference, or they are a `Place`'s, whose words are atomic.
        // Other places are EFAULT.
        returned(unsafe { libc::read(self.number(end), place, size as usize) }).map(|read| read as i64)
    }

    /// write(2) to one end: 1 is where a pipe is written, and at 0 the kernel says EBADF. It waits while the pipe is full.
    pub fn write(&self, end: usize, address: u64, size: u64) -> Returned<i64> {
        let place = std::ptr::with_exposed_provenance::<libc::c_void>(address as usize);
        // SAFETY: the kernel only reads, and answers a place that can't be read with EFAULT.
        returned(unsafe { libc::write(self.number(end), place, size as usize) }).map(|written| written as i64)
    }

    fn number(&self, end: usize) -> libc::c_int {
        self.0[end.min(1)].as_raw_fd()
    }
}
