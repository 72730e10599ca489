//! How long lab waits for one of its own processes. A process that sleeps or is stopped gets its grace and no more.
//! One that runs, or waits for a processor or a disk, gets much longer, because on a busy machine it may not have had
//! its turn. No wait is endless.

use std::time::{Duration, Instant};

/// The longest wait for a busy process.
const MAX_EXTENSION: Duration = Duration::from_secs(30);
/// How often to look again whether a process is still busy.
const EXTENSION: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyDeadline {
    deadline: Instant,
    limit: Instant,
}

impl BusyDeadline {
    /// A wait for a process that gets this grace unless it is busy.
    pub fn of(grace: Duration) -> BusyDeadline {
        let now = Instant::now();
        BusyDeadline { deadline: now + grace, limit: now + MAX_EXTENSION.max(grace) }
    }

    /// When to ask [`BusyDeadline::keep_waiting`] again.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether to go on waiting. Past the deadline only for a process that is `busy`, which then gets a new deadline.
    pub fn keep_waiting(&mut self, busy: impl FnOnce() -> bool) -> bool {
        let now = Instant::now();
        if now < self.deadline {
            return true;
        }
        if now >= self.limit || !busy() {
            return false;
        }
        self.deadline = self.limit.min(now + EXTENSION);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_busy_are_waited_for_past_their_grace_and_they_not_for_ever() {
        let mut long = BusyDeadline::of(MAX_EXTENSION);
        assert!(long.keep_waiting(|| panic!("nothing asks before the deadline")));
        let mut spent = BusyDeadline::of(Duration::ZERO);
        assert!(!spent.keep_waiting(|| false));
        assert!(spent.keep_waiting(|| true));
        assert!(spent.deadline() > Instant::now());
        let now = Instant::now();
        let mut over = BusyDeadline { deadline: now, limit: now };
        assert!(!over.keep_waiting(|| true));
    }
}
