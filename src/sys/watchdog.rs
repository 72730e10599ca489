//! The watchdog: a process in a group of its own that looks after its master, a process of ours that traces a
//! program. The program may do anything to the master: stop it again and again, or give it a file that never ends.
//! The watchdog looks a few times a second, does nothing as long as the master makes progress, and never wakes a
//! master that is merely stopped. It acts only where a deadline has passed, or where the master does not take a
//! signal that ends it: it continues the master, kills what the master traces, and at last kills the master.

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::board::{self, Board};
use super::proc::{Stat, field, numbers_in, proc_text};
use super::terminal::SavedModes;
use super::{checked, process, signals};
use crate::text::Safe;

/// How often it looks, and how often while something is wrong.
const LOOK: Duration = Duration::from_millis(200);
const SOON: Duration = Duration::from_millis(50);
/// How long after the deadline the master may still be handling it.
const LATE: Duration = Duration::from_millis(400);
/// How many looks may find a signal waiting, and after that the master making no progress. Counted in looks and not
/// in time, because where the watchdog comes late the master may come late too.
const LOOKS: u32 = 8;
/// How long it waits for a master that gets no processor.
const STARVED: Duration = Duration::from_secs(3);
/// With no more processor time than this it has had none: in hundredths of a second (proc_pid_stat(5)).
const NOTHING: u64 = 10;
/// How often it looks for what its master traces: a process may be born meanwhile.
const ROUNDS: usize = 5;

/// Why it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Deadline,
    Signal(i32),
}

/// The master's side. The watchdog ends when it is dropped.
#[derive(Debug)]
pub struct Watchdog {
    /// None once the watchdog has the order to end.
    pid: Option<i32>,
}

impl Watchdog {
    /// Starts one for this process, which is hidden already, as its child is then. `words`: what it says on standard
    /// error if it has to kill its master.
    pub fn start(
        deadline: Option<Instant>,
        terminal: Option<&SavedModes>,
        words: fn(Why) -> Safe,
    ) -> io::Result<Watchdog> {
        let board = board::make()?;
        let master = process::own_pid();
        let fd = held(master)?;
        let pid = process::spawn(true, || {
            signals::block_all();
            Watch { master, fd, board, deadline, terminal, words, case: None }.stand();
            0
        })?;
        // From here on what stops our whole group does not stop it.
        process::part_with(pid);
        Ok(Watchdog { pid: Some(pid) })
    }

    /// Its process; none once it has the order to end.
    pub fn pid(&self) -> Option<i32> {
        self.pid
    }

    /// It is gone, and its status was taken.
    pub fn forget(&mut self) {
        self.pid = None;
    }

    /// Tells it to end, even if it is stopped. Its status is left for the caller to take.
    pub fn dismiss(&mut self) {
        self.pid.take().into_iter().for_each(|pid| process::send(pid, libc::SIGKILL));
    }

    /// Why it has killed the program, if it has.
    pub fn acted(&self) -> Option<Why> {
        match board::board()?.cut.load(SeqCst) {
            0 => None,
            -1 => Some(Why::Deadline),
            signal => Some(Why::Signal(signal)),
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            self.dismiss();
            let _ = process::wait_for(pid, Duration::from_secs(1));
        }
    }
}

/// The watchdog at its work.
struct Watch<'a> {
    master: i32,
    /// Of the master: it can be read when that has ended, and never leads to another process.
    fd: OwnedFd,
    board: &'static Board,
    deadline: Option<Instant>,
    terminal: Option<&'a SavedModes>,
    words: fn(Why) -> Safe,
    case: Option<Case>,
}

/// Something that is not as it should be.
#[derive(Debug)]
struct Case {
    why: Why,
    since: Instant,
    /// How often it was looked at.
    looks: u32,
    /// The master's time on a processor at first.
    used: u64,
    /// How often the master was found stopped, and continued from here.
    stops: u32,
    /// The master has handled it, and must go on now, so that the program can.
    handed: bool,
    /// Since the program was killed: at how many looks the master stood still, and its turns.
    killed: Option<(u32, u32)>,
}

impl Case {
    fn of(why: Why, now: Instant, master: i32) -> Case {
        Case { why, since: now, looks: 0, used: used(master), stops: 0, handed: false, killed: None }
    }

    /// A master that is stopped again at once after it was continued is not stopped by a person.
    fn hostile(&self) -> bool {
        self.stops > 1
    }

    /// Whether everything is as it should be again.
    fn over(&self, wrong: bool) -> bool {
        let followed = (self.handed || self.stops > 0) && self.looks <= LOOKS;
        !wrong && self.killed.is_none() && !self.hostile() && !followed
    }
}

impl Watch<'_> {
    /// Until the master has ended.
    fn stand(mut self) {
        let mut settled = false;
        while !self.ended(self.pause()) {
            // Only now: most programs have ended by then, and shall not wait for this.
            if !std::mem::replace(&mut settled, true) {
                process::set_name("lab-watchdog");
                process::silence(&[0, 1]);
            }
            let (state, pending) = condition(self.master);
            let now = Instant::now();
            let handed = ending(self.board.handed.swap(0, SeqCst));
            let wrong = self.wrong(now, pending);
            let mut case = match (self.case.take(), wrong, handed) {
                (Some(case), Some(Why::Deadline), _) if case.why != Why::Deadline => {
                    Case::of(Why::Deadline, now, self.master)
                }
                (Some(case), ..) => case,
                (None, Some(why), _) => Case::of(why, now, self.master),
                (None, None, Some(why)) => Case { handed: true, ..Case::of(why, now, self.master) },
                (None, None, None) => continue,
            };
            case.looks += 1;
            case.stops += u32::from(state == 'T');
            if case.over(wrong.is_some()) {
                continue;
            }
            if !self.act(&mut case, wrong.is_some(), now, state) {
                return;
            }
            self.case = Some(case);
        }
    }

    /// Until when to sleep.
    fn pause(&self) -> Duration {
        let usual = if self.case.is_some() { SOON } else { LOOK };
        let late = self.deadline.map(|deadline| (deadline + LATE).saturating_duration_since(Instant::now()));
        late.filter(|late| !late.is_zero()).map_or(usual, |late| late.min(usual))
    }

    /// Waits for this long; returns whether the master has ended.
    fn ended(&self, time: Duration) -> bool {
        let mut fds = [PollFd::new(self.fd.as_fd(), PollFlags::POLLIN)];
        // A millisecond more, since the rest of one is cut off.
        let time = PollTimeout::try_from(time + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX);
        matches!(poll(&mut fds, time), Ok(1..))
    }

    /// What the master should have handled.
    fn wrong(&self, now: Instant, pending: u64) -> Option<Why> {
        if self.deadline.is_some_and(|deadline| now >= deadline + LATE) {
            return Some(Why::Deadline);
        }
        let waiting = self.board.waiting.load(SeqCst) | pending;
        ending(waiting)
    }

    /// Does what is to be done now; false when the master was killed.
    fn act(&self, case: &mut Case, wrong: bool, now: Instant, state: char) -> bool {
        let (stopped, age) = (state == 'T', now - case.since);
        let starved = state == 'R' && age < STARVED && used(self.master) < case.used + NOTHING;
        // A master that waits for a reader is held up neither by the program nor by its files.
        let reading = !stopped && self.board.telling.load(SeqCst) != 0;
        let excused = reading || (starved && case.stops == 0);
        let due =
            case.why == Why::Deadline || (case.looks > LOOKS && (case.hostile() || (wrong && !excused)));
        if case.killed.is_some() || due {
            let reason = if let Why::Signal(signal) = case.why { signal } else { -1 };
            self.board.cut.store(reason, SeqCst);
            for _ in 0..ROUNDS {
                self.tell_tracees(libc::SIGKILL);
            }
        } else if stopped {
            // Both, as `fg` would: a stopped program would not see its signal.
            self.tell_tracees(libc::SIGCONT);
        }
        if stopped {
            tell(&self.fd, libc::SIGCONT);
        }
        let turns = self.board.turns.load(SeqCst);
        match case.killed {
            None => case.killed = due.then_some((0, turns)),
            Some((_, before)) if before != turns => case.killed = Some((0, turns)),
            // A master that was continued just now has not had its turn.
            Some(_) if reading || starved || (stopped && age < STARVED) => {}
            Some((still, _)) if still < LOOKS => case.killed = Some((still + 1, turns)),
            Some(_) => {
                self.end(case.why);
                return false;
            }
        }
        true
    }

    /// Ends the master; what it traces ends with it (PTRACE_O_EXITKILL).
    fn end(&self, why: Why) {
        // Before the shell goes on, which sets a mode of its own.
        self.terminal.into_iter().for_each(|terminal| terminal.restore_for(self.master));
        let stderr = io::stderr();
        let mut fds = [PollFd::new(stderr.as_fd(), PollFlags::POLLOUT)];
        // Without a reader nothing is written.
        if matches!(poll(&mut fds, PollTimeout::ZERO), Ok(1)) {
            let _ = io::Write::write(&mut io::stderr(), (self.words)(why).as_str().as_bytes());
        }
        tell(&self.fd, libc::SIGKILL);
    }

    /// Sends a signal to everything that the master traces.
    fn tell_tracees(&self, signal: i32) {
        for pid in numbers_in("/proc").filter(|pid| self.traces(*pid)) {
            let Ok(fd) = held(pid) else { continue };
            // Asked again: the pid may have gone to another process before the descriptor held it.
            if self.traces(pid) {
                tell(&fd, signal);
            }
        }
    }

    fn traces(&self, pid: i32) -> bool {
        let status = proc_text(pid, "status").unwrap_or_default();
        field(&status, "TracerPid:").and_then(|pid| pid.parse().ok()) == Some(self.master)
    }
}

/// The first of these signals that ends a program.
fn ending(signals: u64) -> Option<Why> {
    let all = signals::ENDING.into_iter().map(|signal| signal as i32);
    all.into_iter().find(|signal| signals & 1 << signal != 0).map(Why::Signal)
}

/// A descriptor of a process, which never leads to another one.
fn held(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: pidfd_open takes numbers and touches no memory.
    let fd = checked(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) })?;
    // SAFETY: the kernel has just made this descriptor, and no other code has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Sends a signal to exactly this process.
fn tell(process: &OwnedFd, signal: i32) {
    let none = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: with no siginfo the kernel reads nothing of ours.
    unsafe { libc::syscall(libc::SYS_pidfd_send_signal, process.as_raw_fd(), signal, none, 0) };
}

/// A process's state letter, `?` where it can't be seen, and its signals that are pending or blocked, one bit each.
fn condition(pid: i32) -> (char, u64) {
    let status = proc_text(pid, "status").unwrap_or_default();
    let set = |name| u64::from_str_radix(field(&status, name)?, 16).ok();
    let pending = set("SigPnd:").unwrap_or_default() | set("ShdPnd:").unwrap_or_default();
    // In a handler its signal is blocked, and at no other time is one that ends: a master that is stopped before its
    // handler has done anything has taken the signal and not handled it.
    let pending = pending | set("SigBlk:").unwrap_or_default();
    // The kernel's lowest bit is signal 1.
    (field(&status, "State:").and_then(|state| state.chars().next()).unwrap_or('?'), pending << 1)
}

/// How long a process was on a processor, in hundredths of a second.
fn used(pid: i32) -> u64 {
    let Ok(stat) = Stat::of(pid) else { return 0 };
    [14, 15].into_iter().filter_map(|field| stat.field::<u64>(field)).sum()
}
