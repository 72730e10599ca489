//! Stores and loads at addresses that a lesson names, right or wrong: an access that fails is a SIGSEGV, and
//! that is an outcome. Only an actor comes here, in a process that exists to be killed; the narrator never does.

use std::sync::atomic::{AtomicI32, Ordering};

/// The first byte of the packet that reports a fault; no JSON begins with it.
pub const FAULT: u8 = 0xff;

/// Where the report goes: the actor's socket.
static REPORT: AtomicI32 = AtomicI32::new(-1);

/// Stores bytes one after the other.
pub fn store(address: u64, bytes: &[u8]) {
    for (place, byte) in (address..).zip(bytes) {
        let pointer = std::ptr::with_exposed_provenance_mut::<u8>(place as usize);
        // SAFETY: the address is one that shmat gave to this process, or a lesson's deliberate mistake. The
        // first is memory Rust holds no reference to; the second at worst ends this process, whose death the
        // narrator tells. Volatile: the store must happen, here, once.
        unsafe { pointer.write_volatile(*byte) };
    }
}

/// Reads `length` bytes.
pub fn load(address: u64, length: usize) -> Vec<u8> {
    (0..length).map(|offset| byte(address.wrapping_add(offset as u64))).collect()
}

/// Reads up to a NUL, and no further than `most` bytes.
pub fn string(address: u64, most: usize) -> Vec<u8> {
    let bytes = (0..most).map(|offset| byte(address.wrapping_add(offset as u64)));
    bytes.take_while(|byte| *byte != 0).collect()
}

fn byte(address: u64) -> u8 {
    let pointer = std::ptr::with_exposed_provenance::<u8>(address as usize);
    // SAFETY: as in `store`: an attached address, or a mistake that ends this process and nothing else.
    unsafe { pointer.read_volatile() }
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
