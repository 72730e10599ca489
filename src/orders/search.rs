//! The search through all orders: one after the other, until all are played, as many as are wanted, or the time is up. How
//! an order is played, and what is made of it, a stage says.

use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::explore::Explorer;
use super::order::{Ended, Outcome};
use crate::error::Error;
use crate::sys::signals;

/// Why no more orders were played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Why {
    /// All were.
    Complete,
    /// What was looked for was found.
    Enough,
    /// As many as were asked for were.
    Max,
    Time,
    /// This signal ends lab.
    Interrupted(i32),
    /// The process that played them has gone, killed by the programs or with them.
    #[default]
    Lost,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Orders played to their end.
    pub played: usize,
    /// Orders that were begun and left, since they are equal to one that was played.
    pub left: usize,
    /// Orders in which the same choices led to other calls than before.
    pub diverged: usize,
    /// Choices that are known and were not tried.
    pub open: usize,
    pub why: Why,
}

/// Where orders are played.
pub trait Stage {
    /// Plays one order with this explorer's choices.
    fn play(&mut self, explorer: &mut Explorer) -> Result<Outcome, Error>;

    /// An order has come to its end, its number being how many were played; whether that is enough.
    fn ended(&mut self, reached: &Reached, ended: Ended) -> bool;

    /// So far it has come.
    fn reached(&mut self, _reached: &Reached) {}
}

/// Searches. It fails where the stage does, and on a signal that ends lab.
pub fn search(stage: &mut dyn Stage, max: usize, deadline: Instant) -> Result<Reached, Error> {
    let mut explorer = Explorer::default();
    let mut reached = Reached::default();
    loop {
        Error::if_signalled(signals::check())?;
        let mut enough = false;
        match stage.play(&mut explorer)? {
            Outcome::Ended(ended) => {
                reached.played += 1;
                enough = stage.ended(&reached, *ended);
            }
            Outcome::Equal => reached.left += 1,
            Outcome::Diverged => reached.diverged += 1,
            Outcome::OutOfTime => {}
        }
        let more = explorer.next();
        reached.open = if more { explorer.open() + 1 } else { 0 };
        reached.why = match more {
            _ if enough => Why::Enough,
            false => Why::Complete,
            true if Instant::now() >= deadline => Why::Time,
            true if reached.played >= max => Why::Max,
            true => Why::Lost,
        };
        stage.reached(&reached);
        if reached.why != Why::Lost {
            return Ok(reached);
        }
    }
}
