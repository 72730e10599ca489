//! How large a message of a System V queue may be on this machine.

use std::fs;

/// What the kernel begins with: MSGMAX.
const USUAL: u64 = 8192;

/// The most bytes of one message that an empty queue takes: the smaller one of kernel.msgmax and kernel.msgmnb, a
/// multiple of eight.
pub fn largest_piece() -> u64 {
    let read = |name: &str| {
        let text = fs::read_to_string(format!("/proc/sys/kernel/{name}")).ok()?;
        text.trim().parse().ok()
    };
    let most: u64 = [read("msgmax"), read("msgmnb")].into_iter().flatten().min().unwrap_or(USUAL);
    // Less than a word carries nothing: msgsnd() will say so.
    (most / 8 * 8).max(8)
}
