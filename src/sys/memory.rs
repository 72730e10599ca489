//! Stores and loads at addresses that a lesson names, right or wrong: an access that fails is a SIGSEGV, and
//! that is an outcome. Only an actor comes here, in a process that exists to be killed, and only with addresses
//! that `reach` lets it touch; the main process never does.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};

use super::returned;

/// The first byte of the packet that reports a fault; no JSON begins with it.
pub const FAULT: u8 = 0xff;

/// Where the report goes: the actor's socket.
static REPORT: AtomicI32 = AtomicI32::new(-1);

/// Stores bytes one after the other.
pub fn store(address: u64, bytes: &[u8]) {
    for (offset, byte) in bytes.iter().enumerate() {
        let place = address.wrapping_add(offset as u64);
        let pointer = std::ptr::with_exposed_provenance_mut::<u8>(place as usize);
        // SAFETY: the actor has asked `Reach::touch` for every byte: this is a lesson's own memory, to which Rust
        // holds no reference, or nothing is mapped here and the store ends this process, which is an outcome.
        // Volatile: the store must happen, here, once.
        unsafe { pointer.write_volatile(*byte) };
    }
}

pub fn load(address: u64, length: usize) -> Vec<u8> {
    (0..length).map(|offset| byte(address.wrapping_add(offset as u64))).collect()
}

/// Reads up to a NUL, and no further than `most` bytes.
pub fn string(address: u64, most: usize) -> Vec<u8> {
    let bytes = (0..most).map(|offset| byte(address.wrapping_add(offset as u64)));
    bytes.take_while(|byte| *byte != 0).collect()
}

pub fn byte(address: u64) -> u8 {
    let pointer = std::ptr::with_exposed_provenance::<u8>(address as usize);
    // SAFETY: as in `store`: an attached address, or a mistake that ends this process and nothing else.
    unsafe { pointer.read_volatile() }
}

/// Reads up to a NUL, to a page that can't be read, and no further than `most` bytes. It never faults.
pub fn readable_string(address: u64, most: u64) -> Vec<u8> {
    const SMALLEST_PAGE: u64 = 4096;
    let new_page = |place: u64| place == address || place.is_multiple_of(SMALLEST_PAGE);
    let places =
        (address..address.saturating_add(most)).take_while(|place| !new_page(*place) || readable(*place));
    places.map(byte).take_while(|byte| *byte != 0).collect()
}

/// Whether a byte can be read, without reading it: sigprocmask copies its set before it finds that 99 is not a way to
/// change one, and answers EINVAL where it could copy and EFAULT where it could not.
fn readable(address: u64) -> bool {
    const NO_WAY: libc::c_long = 99;
    // A null pointer would be no set at all; eight bytes further it is the same page.
    let set = (address & !7).max(8);
    // SAFETY: the call fails either way and changes nothing; the kernel reads the eight bytes, not this process.
    unsafe { libc::syscall(libc::SYS_rt_sigprocmask, NO_WAY, set, 0_usize, 8_usize) };
    io::Error::last_os_error().raw_os_error() == Some(libc::EINVAL)
}

/// Reads a text of this length, byte by byte and without room of its own: what another process writes meanwhile shows.
pub fn copy<const LENGTH: usize>(address: u64) -> [u8; LENGTH] {
    std::array::from_fn(|offset| byte(address.wrapping_add(offset as u64)))
}

/// Fills memory with one byte.
pub fn fill(address: u64, byte: u8, length: u64) {
    for offset in 0..length {
        store(address.wrapping_add(offset), &[byte]);
    }
}

/// The same for much memory: eight bytes a store where they fit.
pub fn fill_fast(address: u64, byte: u8, length: u64) {
    let before = (address.wrapping_neg() % 8).min(length);
    let words = (length - before) / 8;
    let place = |offset: u64| address.wrapping_add(before).wrapping_add(offset);
    fill(address, byte, before);
    for word in 0..words {
        let place = std::ptr::with_exposed_provenance_mut::<u64>(place(word * 8) as usize);
        // SAFETY: as in `store`, and the place is aligned. A page ends where a word ends, so that the first byte of a page
        // without memory is where this process dies.
        unsafe { place.write_volatile(u64::from_ne_bytes([byte; 8])) };
    }
    fill(place(words * 8), byte, (length - before) % 8);
}

/// Keeps bytes and a NUL for as long as the process lives, as a string literal is kept; returns their address.
pub fn keep(mut bytes: Vec<u8>) -> u64 {
    bytes.push(0);
    bytes.leak().as_ptr().expose_provenance() as u64
}

/// The address of something of this process's own that is not a segment.
pub fn own_address() -> u64 {
    (&raw const REPORT).expose_provenance() as u64
}

/// malloc(3); 0 when there is none. Never freed: it belongs to the lesson's process.
pub fn malloc(size: u64) -> u64 {
    // SAFETY: malloc takes a number; the block is never given to Rust.
    let block = unsafe { libc::malloc(size as usize) };
    block.expose_provenance() as u64
}

/// Makes this process's heap large enough now, and never smaller, so that what lab itself stores does not show up
/// as a system call in the middle of a lesson's step.
pub fn steady_heap() {
    #[cfg(target_env = "gnu")]
    {
        const ROOM: libc::c_int = 4 << 20;
        // SAFETY: mallopt sets two numbers of malloc's own.
        unsafe { libc::mallopt(libc::M_TOP_PAD, ROOM) };
        // SAFETY: as above.
        unsafe { libc::mallopt(libc::M_TRIM_THRESHOLD, 4 * ROOM) };
        // Each below the size from which malloc asks for pages of their own; together above what is free at first.
        drop(std::hint::black_box((0..4).map(|_| vec![1_u8; 100 << 10]).collect::<Vec<_>>()));
    }
}

/// New memory for one `T`, which begins as zeros: that of a file, or shared with the children of this process alone.
pub(super) fn shared<T>(file: Option<&OwnedFd>) -> io::Result<NonNull<T>> {
    let kind = libc::MAP_SHARED | file.map_or(libc::MAP_ANONYMOUS, |_| 0);
    let fd = file.map_or(-1, AsRawFd::as_raw_fd);
    let at = mmap(0, size_of::<T>() as u64, libc::PROT_READ | libc::PROT_WRITE, kind, fd, 0);
    let at = std::ptr::with_exposed_provenance_mut(at.map_err(io::Error::from_raw_os_error)? as usize);
    NonNull::new(at).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

/// mmap(2), but never over something that is mapped already.
pub fn mmap(address: u64, size: u64, protection: i32, flags: i32, fd: i32, offset: u64) -> Result<u64, i32> {
    let wanted = std::ptr::with_exposed_provenance_mut::<libc::c_void>(address as usize);
    // SAFETY: without MAP_FIXED the kernel maps only where nothing is mapped.
    let at = unsafe {
        libc::mmap(wanted, size as usize, protection, flags & !libc::MAP_FIXED, fd, offset.cast_signed())
    };
    returned(at.expose_provenance().cast_signed() as i64).map(i64::cast_unsigned)
}

/// Where the counter at an address is: aligned as a counter must be.
pub fn aligned(address: u64) -> u64 {
    address & !7
}

fn counter(address: u64) -> *mut u64 {
    std::ptr::with_exposed_provenance_mut::<u64>(aligned(address) as usize)
}

/// `for (i = 0; i < rounds; i++) (*c)++;` with a volatile c: load, add, store. Three steps, as gcc makes them; without the
/// black box this compiler makes one instruction of them where it optimises, and no interrupt comes in its middle.
pub fn increase(address: u64, rounds: i64) {
    let counter = counter(address);
    for _ in 0..rounds {
        // SAFETY: as in `store`. That another process writes here at the same time is the lesson.
        let loaded = std::hint::black_box(unsafe { counter.read_volatile() });
        // SAFETY: as above.
        unsafe { counter.write_volatile(loaded.wrapping_add(1)) };
    }
}

/// The same with an atomic add.
pub fn atomic_increase(address: u64, rounds: i64) {
    // SAFETY: the address is aligned, as in `store` it is the lesson's to choose, and every other access to it
    // during the step is atomic as well.
    let counter = unsafe { AtomicU64::from_ptr(counter(address)) };
    for _ in 0..rounds {
        counter.fetch_add(1, Ordering::SeqCst);
    }
}

/// From now on a SIGSEGV or SIGBUS of this process is reported on `socket` before it kills.
pub fn report_faults(socket: i32) {
    REPORT.store(socket, Ordering::SeqCst);
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: all zero bytes are a valid sigaction, an empty mask and no flags.
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = report as *const () as usize;
        // Reset on entry: when the handler returns the access is tried again and now kills.
        action.sa_flags = libc::SA_SIGINFO | libc::SA_RESETHAND;
        // SAFETY: the handler only reads its siginfo and calls send(2), which is async-signal-safe.
        unsafe { libc::sigaction(signal, &action, std::ptr::null_mut()) };
    }
}

extern "C" fn report(signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: with SA_SIGINFO the kernel passes a valid siginfo, and for these signals it holds an address.
    let (address, code) = unsafe { ((*info).si_addr().addr() as u64, (*info).si_code) };
    let mut packet = [FAULT; 14];
    packet[1] = signal.to_le_bytes()[0];
    packet[2..6].copy_from_slice(&code.to_le_bytes());
    packet[6..14].copy_from_slice(&address.to_le_bytes());
    // SAFETY: the buffer lives on this stack frame, and send(2) only reads it.
    unsafe {
        libc::send(REPORT.load(Ordering::SeqCst), packet.as_ptr().cast(), packet.len(), libc::MSG_NOSIGNAL);
    }
}

/// Reads a fault's packet: signal, si_code, address.
pub fn read_fault(packet: &[u8]) -> Option<(i32, i32, u64)> {
    let [FAULT, signal, rest @ ..] = packet else { return None };
    let (code, address) = rest.split_at_checked(4)?;
    let code = i32::from_le_bytes(code.try_into().ok()?);
    let address = u64::from_le_bytes(address.try_into().ok()?);
    Some((i32::from(*signal), code, address))
}
