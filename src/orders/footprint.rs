//! What a step touches, and whether two steps matter to each other: if they don't, both orders of them lead to the same
//! state, and one of the two is enough. Where lab can't see what a step touches it assumes more, never less.

use serde::{Deserialize, Serialize};

/// Something that two steps may both touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Object {
    /// Which segment has this key.
    SegmentKey(i32),
    /// Which identifier the next segment gets.
    SegmentIds,
    /// Whether a segment exists, and its record.
    Segment(i32),
    /// How often it is attached.
    Attaches(i32),
    /// Its bytes.
    Memory(i32),
    SemaphoreKey(i32),
    SemaphoreIds,
    /// A set of semaphores: whether it exists, and its values.
    Semaphore(i32),
    /// The memory that the threads of a process share.
    Process(i32),
}

/// How a step touches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Access {
    Reads,
    /// Counts up or down: the sum is the same in either order.
    Adds,
    Writes,
}

/// All that a step touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Footprint(Vec<(Object, Access)>);

impl Footprint {
    /// One more thing; the stronger access counts.
    pub fn add(&mut self, object: Object, access: Access) {
        match self.0.iter_mut().find(|(known, _)| *known == object) {
            // To add and to look is more than either.
            Some((_, known)) if *known != access => *known = Access::Writes,
            Some(_) => {}
            None => self.0.push((object, access)),
        }
    }

    /// The same with these.
    #[must_use]
    pub fn with(mut self, touched: &[(Object, Access)]) -> Footprint {
        touched.iter().for_each(|(object, access)| self.add(*object, *access));
        self
    }

    /// All that two steps touch.
    #[must_use]
    pub fn joined(self, other: &Footprint) -> Footprint {
        self.with(&other.0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a step that touches this may have to wait for a semaphore.
    pub fn waits(&self) -> bool {
        self.0.iter().any(|touched| matches!(touched, (Object::Semaphore(_), Access::Writes)))
    }

    /// Whether it touches a semaphore in any way.
    pub fn semaphore(&self) -> bool {
        self.0.iter().any(|touched| matches!(touched, (Object::Semaphore(_), _)))
    }

    /// Whether another process may take it for a signal: a key or a semaphore is not what it was.
    pub fn signals(&self) -> bool {
        let signs =
            |object| matches!(object, Object::SegmentKey(_) | Object::SemaphoreKey(_) | Object::Semaphore(_));
        self.0.iter().any(|(object, access)| signs(*object) && *access != Access::Reads)
    }

    /// The segments whose bytes it changes.
    pub fn written(&self) -> impl Iterator<Item = i32> {
        self.0.iter().filter_map(|touched| match touched {
            (Object::Memory(id), Access::Writes) => Some(*id),
            _ => None,
        })
    }

    /// Whether the order of the two steps can make a difference.
    pub fn matters_to(&self, other: &Footprint) -> bool {
        let clash = |one: Access, other: Access| one != other || one == Access::Writes;
        self.0
            .iter()
            .any(|(object, one)| other.0.iter().any(|(known, other)| known == object && clash(*one, *other)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Access::*;

    #[test]
    fn two_that_only_look_or_only_count_do_not_matter_to_each_other() {
        let of = |access| Footprint::default().with(&[(Object::Memory(3), access)]);
        for (one, other, matters) in [
            (Reads, Reads, false),
            (Adds, Adds, false),
            (Writes, Writes, true),
            (Reads, Adds, true),
            (Adds, Writes, true),
            (Reads, Writes, true),
        ] {
            assert_eq!(of(one).matters_to(&of(other)), matters, "{one:?} {other:?}");
            assert_eq!(of(other).matters_to(&of(one)), matters, "{other:?} {one:?}");
        }
        let elsewhere = Footprint::default().with(&[(Object::Memory(4), Writes)]);
        assert!(!of(Writes).matters_to(&elsewhere));
        let both = of(Reads).with(&[(Object::Memory(3), Adds)]);
        assert!(both.matters_to(&of(Adds)) && both.matters_to(&of(Reads)));
    }
}
