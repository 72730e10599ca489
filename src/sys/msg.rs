//! System V message queues, the segments' other sisters: msgget, msgsnd, msgrcv, msgctl. A message in memory is a struct
//! msgbuf: its type, which is a long, and then its bytes. Nothing is checked here but by the kernel.

use super::shm::Returned;
use super::{returned, settings};

/// How many bytes of a message in memory stand before its text: its type.
pub const HEADER: u64 = size_of::<libc::c_long>() as u64;

/// The most bytes of one message that an empty queue takes: the smaller one of kernel.msgmax and kernel.msgmnb, a
/// multiple of eight.
pub fn largest_piece() -> u64 {
    /// What the kernel begins with: MSGMAX.
    const USUAL: u64 = 8192;
    let most = ["msgmax", "msgmnb"].into_iter().filter_map(settings::limit).min().unwrap_or(USUAL);
    // Less than a word carries nothing: msgsnd() will say so.
    (most / 8 * 8).max(8)
}

pub fn msgget(key: i32, flags: i32) -> Returned<i32> {
    // SAFETY: msgget takes two numbers and touches no memory of this process.
    returned(unsafe { libc::msgget(key, flags) })
}

/// msgsnd(2): waits while the queue is full.
pub fn msgsnd(id: i32, message: u64, size: u64, flags: i32) -> Returned<()> {
    let message = std::ptr::with_exposed_provenance::<libc::c_void>(message as usize);
    // SAFETY: the kernel only reads the message, and answers a place that can't be read with EFAULT; the actor has asked
    // `Reach::touch` for every byte, or they are a `Place`'s.
    returned(unsafe { libc::msgsnd(id, message, size as usize, flags) }).map(|_| ())
}

/// msgrcv(2): waits while no message of this type is there; type 0 means any.
pub fn msgrcv(id: i32, message: u64, size: u64, kind: i64, flags: i32) -> Returned<i64> {
    let message = std::ptr::with_exposed_provenance_mut::<libc::c_void>(message as usize);
    // SAFETY: the kernel writes at most `size` bytes behind the type; the actor has asked `Reach::touch` for every one of
    // them, so that they are the lesson's own, to which Rust holds no reference, or they are a `Place`'s, whose words are
    // atomic. Other places are EFAULT.
    returned(unsafe { libc::msgrcv(id, message, size as usize, kind, flags) }).map(|read| read as i64)
}

/// msgctl(2) with a command that needs no buffer, such as IPC_RMID.
pub fn msgctl(id: i32, command: i32) -> Returned<()> {
    // SAFETY: no buffer is passed; a command that wants one fails with EFAULT.
    returned(unsafe { libc::msgctl(id, command, std::ptr::null_mut()) }).map(|_| ())
}
