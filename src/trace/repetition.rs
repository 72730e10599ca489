//! Which calls are reported and which are only counted: a program repeats itself, and a person reads only so much. What is
//! kept here has an end, whatever the program does.

use std::collections::HashMap;

use crate::facts::traced_call::TracedCall;

/// How often calls of one shape are kept; the rest is counted.
const TOLD_PER_SHAPE: u64 = 50;
/// How many shapes of calls of one function are distinguished; the calls of all others count as of one shape.
const MAX_SHAPES: usize = 16;
/// The shape of those others.
const NOT_TOLD: u64 = u64::MAX;

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Enough calls like it were reported.
    Counted,
    /// No call like it was reported, because there are too many kinds.
    Unlike,
    /// It is reported, and then forgotten: memory has an end, a program perhaps not.
    Told,
    Remembered,
}

impl Telling {
    /// Whether it is reported.
    pub fn is_told(self) -> bool {
        matches!(self, Telling::Told | Telling::Remembered)
    }
}

/// A call, and whether it failed.
pub type CallShape = (TracedCall, bool);

/// How often each shape of call was seen, of those that are distinguished.
#[derive(Debug)]
pub struct Shapes {
    /// Every call is reported, however often it repeats.
    all: bool,
    seen: HashMap<(CallShape, u64), u64>,
    /// How many shapes there are of each function's calls.
    kinds: HashMap<CallShape, usize>,
}

impl Shapes {
    pub fn new(all: bool) -> Shapes {
        Shapes { all, seen: HashMap::new(), kinds: HashMap::new() }
    }

    /// One more call of this shape, and what becomes of it.
    pub fn one_more(&mut self, calls: CallShape, shape: u64) -> Telling {
        let kinds = self.kinds.entry(calls).or_default();
        let shape = match self.seen.contains_key(&(calls, shape)) {
            true => shape,
            false if *kinds < MAX_SHAPES => {
                *kinds += 1;
                shape
            }
            false => NOT_TOLD,
        };
        let seen = self.seen.entry((calls, shape)).or_default();
        *seen += 1;
        match (*seen <= TOLD_PER_SHAPE, self.all) {
            (true, _) => Telling::Remembered,
            (false, true) => Telling::Told,
            (false, false) if shape == NOT_TOLD => Telling::Unlike,
            (false, false) => Telling::Counted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_million_shapes_few_are_told_apart() {
        for all in [false, true] {
            let mut shapes = Shapes::new(all);
            let mut remembered = 0;
            for shape in 0..1_000_000 {
                let kept = shapes.one_more((TracedCall::Shmget, false), shape);
                remembered += u64::from(kept == Telling::Remembered);
                let rest = if all { Telling::Told } else { Telling::Unlike };
                assert!(kept == rest || kept == Telling::Remembered, "{kept:?}");
            }
            assert_eq!((remembered, shapes.seen.len()), (MAX_SHAPES as u64 + TOLD_PER_SHAPE, MAX_SHAPES + 1));
            // What is known is still told, and what fails is another matter.
            assert_eq!(shapes.one_more((TracedCall::Shmget, false), 0), Telling::Remembered);
            assert_eq!(shapes.one_more((TracedCall::Shmget, true), 99), Telling::Remembered);
            let mut again = (0..2 * TOLD_PER_SHAPE).map(|_| shapes.one_more((TracedCall::Shmget, false), 1));
            let rest = if all { Telling::Told } else { Telling::Counted };
            assert_eq!(again.by_ref().last(), Some(rest));
        }
    }
}
