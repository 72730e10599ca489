//! Waiting for the next stop, as cheaply as the machine allows it. A stop is expensive not because of its work but
//! because one processor wakes the other: the tracer runs on one, the tracee on another. So where stops follow each
//! other at once the tracer does not sleep between them, but looks, and gives its processor away at every look; and
//! where no other program of the machine runs, it moves to the processor of its only tracee and goes behind it. It
//! goes back to sleep wherever looking does not pay, and never does anything to the tracee.

use std::io;
use std::time::{Duration, Instant};

use nix::sched::CpuSet;

use crate::sys::ptrace::{self, Waited};
use crate::sys::schedule;

/// How long the tracer looks for a stop before it sleeps.
const SPIN: Duration = Duration::from_micros(100);
/// After at most as many waits asleep it looks again.
const MAX_SLEEPS: u32 = 4096;
/// After at least as many, where another program had a whole turn of the processor during a look.
const CROWDED: u32 = 64;
/// How many stops of the only thread are a run.
const MAX_TURNS: u32 = 512;
/// The longest that a stop takes in a quick run, on average.
const QUICK: Duration = Duration::from_micros(100);

/// What earlier waits have taught.
#[derive(Debug)]
pub struct Waiting {
    /// How many waits the tracer still sleeps through before it looks again.
    asleep: u32,
    /// How many it was to sleep through after the last look that found nothing; it doubles with each of them.
    slept: u32,
    /// How many it is to sleep through when the next look costs it a turn; it doubles with each, and halves with
    /// each tick.
    crowd: u32,
    /// The stops of this run, and when it began.
    run: u32,
    since: Instant,
    /// Stops since the last tick.
    ticked: u32,
    /// Whether the tracer is on its tracee's processor and behind it.
    beside: bool,
    /// Whether it may go there.
    may: bool,
    /// Where it may run; none where there is only one processor.
    processors: Option<CpuSet>,
}

impl Waiting {
    /// For a program whose first thread this is; nothing is known of it yet.
    pub fn on(tid: i32) -> Waiting {
        let number = |set: &CpuSet| (0..CpuSet::count()).filter(|one| set.is_set(*one) == Ok(true)).count();
        let processors = schedule::processors().filter(|set| number(set) > 1);
        let waiting = Waiting {
            asleep: 0,
            slept: 0,
            crowd: CROWDED,
            run: 0,
            since: Instant::now(),
            ticked: 0,
            beside: false,
            may: processors.is_some(),
            processors,
        };
        waiting.go_to(tid);
        waiting
    }

    /// Waits for any tracee. `only`: the program's one thread, if it has no more.
    pub fn wait(&mut self, only: Option<i32>) -> io::Result<Waited> {
        self.ticked += 1;
        let Some(tid) = only else {
            self.stand_back();
            return self.look_and_sleep();
        };
        self.run += 1;
        if self.run == MAX_TURNS {
            let quick = self.since.elapsed() < MAX_TURNS * QUICK;
            (self.run, self.since) = (0, Instant::now());
            // The tracee stands still now, so that a second thread that runs is another program's.
            if quick && schedule::running() == Some(1) {
                self.stand_beside(tid);
            } else {
                self.stand_back();
            }
        }
        if self.beside { self.wait_beside(tid) } else { self.look_and_sleep() }
    }

    /// A tick has passed, and this thread stopped last: a tracer that sleeps does it on the same processor, since
    /// on a busy machine they take turns there anyway.
    pub fn tick(&mut self, last: i32) {
        self.crowd = (self.crowd / 2).max(CROWDED);
        if std::mem::take(&mut self.ticked) < MAX_TURNS {
            // Without many stops there is nothing to be beside for.
            self.stand_back();
        }
        if !self.beside {
            self.go_to(last);
        }
    }

    /// Looks for a while, then sleeps.
    fn look_and_sleep(&mut self) -> io::Result<Waited> {
        if self.asleep > 0 {
            self.asleep -= 1;
            return ptrace::wait();
        }
        let start = Instant::now();
        let mut last = start;
        loop {
            let seen = ptrace::look(-1)?;
            let now = Instant::now();
            if now - last > SPIN {
                // Another program had a whole turn meanwhile: on a busy processor the scheduler wakes a sleeper sooner.
                self.asleep = self.crowd;
                self.crowd = (2 * self.crowd).min(MAX_SLEEPS);
            } else if now - start > SPIN {
                self.slept = (2 * self.slept).clamp(1, MAX_SLEEPS);
                self.asleep = self.slept;
            } else if !matches!(seen, Waited::Nothing) {
                self.slept = 0;
            }
            match seen {
                Waited::Nothing if self.asleep > 0 => return ptrace::wait(),
                Waited::Nothing => schedule::give_way(),
                _ => return Ok(seen),
            }
            last = now;
        }
    }

    /// The tracee has gone first and has stopped already, or it has been moved: the tracer goes after it.
    fn wait_beside(&self, tid: i32) -> io::Result<Waited> {
        match ptrace::look(-1)? {
            Waited::Nothing => {
                self.go_to(tid);
                ptrace::wait()
            }
            seen => Ok(seen),
        }
    }

    /// Goes to the tracee's processor, and behind every other thread: the scheduler takes a processor on which only
    /// such a thread runs for a free one, and leaves the tracee there.
    fn stand_beside(&mut self, tid: i32) {
        if self.beside || !self.may {
            return;
        }
        // An unprivileged thread can't come back, and behind a busy one it would wait for ever.
        self.may = schedule::may_come_forward() && schedule::stand_behind(true).is_ok();
        if self.may {
            self.beside = true;
            self.go_to(tid);
        }
    }

    fn go_to(&self, tid: i32) {
        let among = self.processors.as_ref();
        let there = among.and_then(|among| schedule::one_processor(schedule::processor_of(tid)?, among));
        there.iter().for_each(schedule::stay_on);
    }

    /// Back to where the scheduler puts it, among the other threads.
    pub fn stand_back(&mut self) {
        self.run = 0;
        if std::mem::take(&mut self.beside) {
            // That it may was tried before.
            let _ = schedule::stand_behind(false);
            self.processors.iter().for_each(schedule::stay_on);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_behind_all_comes_back_to_where_it_was() {
        let own = nix::unistd::gettid().as_raw();
        let before = schedule::processors();
        let mut waiting = Waiting::on(own);
        waiting.stand_beside(own);
        assert_eq!(schedule::scheduled_as_usual(), !waiting.beside);
        assert_eq!(waiting.beside, waiting.may);
        let there = waiting.beside;
        waiting.stand_back();
        assert!(schedule::scheduled_as_usual());
        assert_eq!(schedule::processors() == before, there || waiting.processors.is_none());
    }
}
