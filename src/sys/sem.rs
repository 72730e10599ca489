//! System V semaphores, the segments' sister calls: semget, semop, semctl. One operation on one semaphore at a
//! time, which is all a handshake needs.

use super::returned;
use super::shm::Returned;

pub fn semget(key: i32, count: i32, flags: i32) -> Returned<i32> {
    // SAFETY: semget takes three numbers and touches no memory of this process.
    returned(unsafe { libc::semget(key, count, flags) })
}

/// semop(2) with one operation: waits until `change` can be added without going below 0.
pub fn semop(id: i32, number: i32, change: i32) -> Returned<()> {
    let number = u16::try_from(number).unwrap_or(u16::MAX);
    let change = i16::try_from(change).unwrap_or(i16::MAX);
    let mut operation = libc::sembuf { sem_num: number, sem_op: change, sem_flg: 0 };
    // SAFETY: the pointer is to one sembuf, and the count says one; the kernel only reads it.
    returned(unsafe { libc::semop(id, &mut operation, 1) }).map(|_| ())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Semaphore {
    pub value: i32,
    /// The process that changed it last; 0: none did.
    pub changed_by: i32,
}

/// Asks for a semaphore's value and who changed it last. It changes nothing.
pub fn semaphore(id: i32, number: i32) -> Returned<Semaphore> {
    // SAFETY: GETPID takes numbers and touches no memory of this process.
    let changed_by = returned(unsafe { libc::semctl(id, number, libc::GETPID) })?;
    Ok(Semaphore { value: value(id, number)?, changed_by })
}

/// semctl(2) with a command that needs no fourth argument, such as IPC_RMID.
pub fn semctl(id: i32, number: i32, command: i32) -> Returned<()> {
    // SAFETY: the union semun is passed as a null pointer, which commands like IPC_RMID ignore; one that wants
    // a buffer fails with EFAULT.
    returned(unsafe { libc::semctl(id, number, command, std::ptr::null_mut::<libc::c_void>()) }).map(|_| ())
}

/// The value of one semaphore of a set; looking changes nothing.
pub fn value(id: i32, number: i32) -> Returned<i32> {
    // SAFETY: GETVAL takes no fourth argument and touches no memory of this process.
    returned(unsafe { libc::semctl(id, number, libc::GETVAL) })
}
