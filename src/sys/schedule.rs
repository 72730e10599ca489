//! Where and when a thread of ours runs: its processors, its place among others. It never moves a thread of another
//! process.

use std::{fs, io};

use nix::sched::CpuSet;
use nix::unistd::Pid;

/// How many threads of the machine run or wait for a processor now, this one included.
pub fn running() -> Option<usize> {
    // The fourth field is `runnable/all` (proc_loadavg(5)).
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').nth(3)?.split_once('/')?.0.parse().ok()
}

/// The processor that a thread is on or was on last.
pub fn processor_of(tid: i32) -> Option<usize> {
    super::proc::Stat::of(tid).ok()?.field(39)
}

/// Which processors this process may use, to be given back by [`stay_on`].
pub fn processors() -> Option<CpuSet> {
    nix::sched::sched_getaffinity(Pid::from_raw(0)).ok()
}

/// Keeps this process on these processors.
pub fn stay_on(set: &CpuSet) {
    // Refused, it stays where it likes, which is only slower.
    let _ = nix::sched::sched_setaffinity(Pid::from_raw(0), set);
}

/// Lets the other threads that wait for this processor run first.
pub fn give_way() {
    // It can't fail on Linux (sched_yield(2)).
    let _ = nix::sched::sched_yield();
}

/// Puts this thread behind every thread of the machine (SCHED_IDLE), or back among them. EPERM: it may not come back
/// (RLIMIT_NICE).
pub fn stand_behind(others: bool) -> io::Result<()> {
    let policy = if others { libc::SCHED_IDLE } else { libc::SCHED_OTHER };
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: the kernel reads one sched_param, and the pointer is to one.
    super::checked(unsafe { libc::sched_setscheduler(0, policy, &none) }).map(|_| ())
}

/// Whether this thread is scheduled as most are (SCHED_OTHER).
pub fn scheduled_as_usual() -> bool {
    // SAFETY: it takes a number and touches no memory.
    unsafe { libc::sched_getscheduler(0) == libc::SCHED_OTHER }
}

/// Whether a thread that has gone behind all others may come back: a thread of its own tries it.
pub fn may_come_forward() -> bool {
    let there_and_back = || stand_behind(true).and_then(|()| stand_behind(false)).is_ok();
    let thread = std::thread::Builder::new().spawn(there_and_back);
    scheduled_as_usual() && thread.is_ok_and(|thread| thread.join().unwrap_or(false))
}

/// One processor as a set, if it is one of `among`.
pub fn one_processor(number: usize, among: &CpuSet) -> Option<CpuSet> {
    let mut set = CpuSet::new();
    (among.is_set(number) == Ok(true) && set.set(number).is_ok()).then_some(set)
}
