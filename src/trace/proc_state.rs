//! What a process is doing at this moment, from /proc: in which call it sleeps, or that it runs in its own code.

use std::fs;

use super::Process;

/// Calls in which programs are found asleep: the number, and what it is to be in there.
const SLEEPS: &[(libc::c_long, &str)] = &[
    (libc::SYS_semop, "waiting in semop: for a semaphore that nobody raises"),
    (libc::SYS_semtimedop, "waiting in semop: for a semaphore that nobody raises"),
    (libc::SYS_futex, "waiting in futex: for a lock, a condition or a thread"),
    (libc::SYS_read, "waiting in read: for input"),
    (libc::SYS_wait4, "waiting in wait: for a child to end"),
    (libc::SYS_waitid, "waiting in waitid: for a child to end"),
    (libc::SYS_msgrcv, "waiting in msgrcv: for a message"),
    (libc::SYS_rt_sigtimedwait, "waiting in sigwait: for a signal"),
    (libc::SYS_rt_sigsuspend, "waiting in sigsuspend: for a signal"),
    (libc::SYS_clock_nanosleep, "asleep in sleep"),
    (libc::SYS_nanosleep, "asleep in sleep"),
    (libc::SYS_accept, "waiting in accept: for a connection"),
    (libc::SYS_ppoll, "waiting in poll"),
    (libc::SYS_pselect6, "waiting in select"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_pause, "waiting in pause: for a signal"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_poll, "waiting in poll"),
    #[cfg(target_arch = "x86_64")]
    (libc::SYS_select, "waiting in select"),
];

/// `server 4711 was waiting in semop: ...`
pub fn of(process: &Process) -> String {
    let (role, pid) = (&process.role, process.pid);
    let text = fs::read_to_string(format!("/proc/{pid}/syscall")).unwrap_or_default();
    let mut words = text.split_whitespace();
    let what = match words.next() {
        Some("running") => "running in its own code: a loop that does not end, perhaps one that waits for another process to change the memory".to_owned(),
        Some(number) => match number.parse::<libc::c_long>() {
            Ok(number) => SLEEPS
                .iter()
                .find(|row| row.0 == number)
                .map_or_else(|| format!("in system call {number}"), |row| row.1.into()),
            Err(_) => "doing something that can't be seen".into(),
        },
        None => "doing something that can't be seen".into(),
    };
    format!("{role} {pid} was {what}")
}
