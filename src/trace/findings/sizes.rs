//! Findings about sizes and limits: a size that no segment can have, and a limit of the kernel's that was met.

use super::{Detail, Found, calls, each};
use crate::facts::meaning::Meaning;
use crate::facts::traced_call::TracedCall::Shmget;
use crate::trace::Story;

/// A size of 0 for a new segment, or a negative int.
pub fn impossible(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| match &event.seen().meaning {
        Some(why @ (Meaning::NoSize { .. } | Meaning::NegativeSize { .. })) => {
            Some(Detail::ImpossibleSize { call: event.call.clone(), why: why.clone() })
        }
        _ => None,
    })
}

/// A limit that leaves less than was asked for.
pub fn limit(story: &Story) -> Vec<Found> {
    each(story, calls(story, Shmget), |event| match &event.seen().meaning {
        Some(Meaning::LimitReached { met }) => {
            Some(Detail::LimitReached { call: event.call.clone(), met: met.clone() })
        }
        _ => None,
    })
}
