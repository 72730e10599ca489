//! Waiting for an order's processes: until each of them is held, sleeps in a call, or has computed for a moment without
//! one. Time decides nothing that a process could do: a loaded machine takes longer and finds the same. What counts is
//! whether a process sleeps, and how long it had a processor.

use std::time::{Duration, Instant};

use super::actor::{self, State};
use super::order::Order;
use super::step::Fate;
use crate::error::Error;
use crate::sys::ptrace::{self, Waited};
use crate::sys::seccomp::orders::Stops;
use crate::sys::{proc, process, schedule, signals};

/// How often lab looks before it sleeps until something stops. Few: it shares a processor with the programs.
const LOOKS: usize = 3;
/// How long it sleeps then until it looks whether a process sleeps too.
const MOMENT: Duration = Duration::from_millis(1);
/// A process that ran for this many nanoseconds without a call computes, or looks at memory again and again.
const SPINS: u64 = 10_000_000;
/// How long a call that ends by itself after a time may take when no other process can go on.
const TIMED: Duration = Duration::from_secs(3);
/// How long the processes may take to be gone once they are killed.
const GONE_WITHIN: Duration = Duration::from_secs(5);

/// Calls in which a process may wait for nothing but time.
const TIMED_CALLS: &[libc::c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_select,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_pwait,
    libc::SYS_semtimedop,
    libc::SYS_futex,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_mq_timedreceive,
];

impl Order<'_> {
    /// Waits until no process runs.
    pub(super) fn settle(&mut self) -> Result<(), Error> {
        let mut looks = 0;
        while self.actors.iter().any(|actor| matches!(actor.state, State::Running | State::Starting)) {
            match ptrace::look(-1).map_err(Error::context("wait for the programs"))? {
                Waited::Stop(stop) => {
                    self.stop(stop)?;
                    looks = 0;
                }
                Waited::Nobody => return Err(Error::Machine("the programs' processes were lost".into())),
                _ if looks < LOOKS => {
                    looks += 1;
                    schedule::give_way();
                }
                _ => {
                    self.look_at_running();
                    // A stop that comes now ends the sleep: its SIGCHLD waits until then.
                    let _ = signals::wait(None, Some(signals::after(MOMENT)));
                    Error::if_signalled(signals::ending())?;
                    if self.limit() {
                        return Ok(());
                    }
                }
            }
            if self.cut.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Who sleeps, and who has computed for long enough.
    fn look_at_running(&mut self) {
        for place in 0..self.actors.len() {
            let threads = self.has_threads(self.actors[place].process);
            let actor = &mut self.actors[place];
            if !matches!(actor.state, State::Running) {
                continue;
            }
            if actor.sleeps(threads) {
                actor.state = State::Waiting;
                continue;
            }
            let now = proc::computed(actor.tid).unwrap_or_default();
            let first = *actor.computed.get_or_insert(now);
            // Without a segment it can't wait for a change in one: its loader may take so long on a busy machine.
            let long = if self.kernel.attachments(actor.process).is_empty() { 10 * SPINS } else { SPINS };
            if now >= first + long && !actor.interrupted && self.stops == Stops::Everything {
                actor.interrupted = ptrace::interrupt(actor.tid).is_ok();
            }
        }
    }

    /// Whoever slept and does not any more has been woken by the last step: it goes on to its next call.
    pub(super) fn see_who_was_woken(&mut self) -> Result<(), Error> {
        let mut woken = false;
        for place in 0..self.actors.len() {
            let actor = &self.actors[place];
            let waits = matches!(actor.state, State::Waiting);
            if waits && !actor.sleeps(self.has_threads(actor.process)) {
                self.woken(place);
                self.actors[place].computed = None;
                woken = true;
            }
        }
        if woken { self.settle() } else { Ok(()) }
    }

    /// No process can go on: whether one does by itself, because it waits for nothing but time.
    pub(super) fn one_wakes_in_time(&mut self) -> Result<bool, Error> {
        let timed = |actor: &&actor::Actor| {
            let call = actor::waits_in(actor.tid).and_then(|call| libc::c_long::try_from(call).ok());
            matches!(actor.state, State::Waiting) && call.is_some_and(|call| TIMED_CALLS.contains(&call))
        };
        if self.actors.iter().find(timed).is_none() {
            return Ok(false);
        }
        let until = Instant::now() + TIMED;
        while Instant::now() < until {
            let _ = signals::wait(None, Some(signals::after(10 * MOMENT)));
            Error::if_signalled(signals::ending())?;
            let waiting = self.waiting();
            self.see_who_was_woken()?;
            if self.waiting() != waiting {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn waiting(&self) -> usize {
        self.actors.iter().filter(|actor| matches!(actor.state, State::Waiting)).count()
    }

    /// Without a scheduler: until everybody has ended, or waits for ever.
    pub(super) fn freely(&mut self) -> Result<(), Error> {
        loop {
            self.settle()?;
            self.see_who_was_woken()?;
            if self.cut.is_some() || self.actors.iter().all(actor::Actor::is_gone) {
                return Ok(());
            }
            let busy = self.actors.iter().any(|actor| matches!(actor.state, State::Running));
            if !busy && !self.one_wakes_in_time()? {
                self.cut = Some(super::step::Cut::Deadlock);
                return Ok(());
            }
        }
    }

    /// Kills them all, and those that are just being born, and takes their statuses.
    pub(super) fn kill_all(&mut self) {
        let kill = |order: &Self| {
            order
                .actors
                .iter()
                .filter(|one| !one.is_gone())
                .for_each(|one| process::send(one.tid, libc::SIGKILL));
            order.early.keys().for_each(|tid| process::send(*tid, libc::SIGKILL));
        };
        kill(self);
        // One that is held at its end is past what a signal can do.
        let held = self.actors.iter_mut().filter_map(actor::Actor::released);
        held.for_each(|(stopped, _)| stopped.resume(0));
        std::mem::take(&mut self.early).into_values().for_each(|stopped| stopped.resume(0));
        let until = Instant::now() + GONE_WITHIN;
        while !self.actors.iter().all(actor::Actor::is_gone) {
            match ptrace::look(-1) {
                Ok(Waited::Stop(ptrace::Stop::Ended(tid, ended))) => {
                    if let Some(place) = self.place(tid) {
                        self.actors[place].fate.get_or_insert(Fate::Cut);
                    }
                    let _ = self.stop(ptrace::Stop::Ended(tid, ended));
                }
                Ok(Waited::Stop(ptrace::Stop::Born(stopped, birth, child))) => {
                    let _ = self.stop(ptrace::Stop::Born(stopped, birth, child));
                    kill(self);
                }
                Ok(Waited::Stop(stop)) => stop.go_on(),
                Ok(Waited::Nobody) | Err(_) => return,
                Ok(_) if Instant::now() >= until => return,
                Ok(_) => {
                    let _ = signals::wait(None, Some(signals::after(MOMENT)));
                    kill(self);
                }
            }
        }
    }
}
