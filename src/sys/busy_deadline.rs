//! How long a process of ours is waited for. One that sleeps or is stopped has its grace and no more; one that runs,
//! or waits for a processor or a disk, has much longer, since on a machine shared with forty others it may not have
//! had its turn. Nobody is waited for without an end.

use std::time::{Duration, Instant};

/// The longest that a busy process is waited for.
const MAX_EXTENSION: Duration = Duration::from_secs(30);
/// How often a busy process is looked at again.
const EXTENSION: Duration = Duration::from_millis(500);

/// One wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusyDeadline {
    deadline: Instant,
    limit: Instant,
}

impl BusyDeadline {
    /// For a process that is given so long if it is not busy.
    pub fn of(grace: Duration) -> BusyDeadline {
        let now = Instant::now();
        BusyDeadline { deadline: now + grace, limit: now + MAX_EXTENSION.max(grace) }
    }

    /// When to ask whether it [lasts](Patience::lasts).
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether to wait on. Past the deadline only for a process that is `busy`, and then with a new deadline.
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
        assert!(long.keep_waiting(|| panic!("nobody asks before the deadline")));
        let mut spent = BusyDeadline::of(Duration::ZERO);
        assert!(!spent.keep_waiting(|| false));
        assert!(spent.keep_waiting(|| true));
        assert!(spent.deadline() > Instant::now());
        let now = Instant::now();
        let mut over = BusyDeadline { deadline: now, limit: now };
        assert!(!over.keep_waiting(|| true));
    }
}
