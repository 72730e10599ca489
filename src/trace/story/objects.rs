//! Semaphore sets and message queues that the program had to do with: which it made, which it found, what it removed
//! and what is left. lab stops at neither semop nor msgsnd, so what was done with them is not known here.

use std::collections::HashSet;

use serde::Serialize;

use super::Story;
use crate::facts::meaning::ObjectKind;

/// Of this many sets and queues the names are kept: a person reads of no more.
const MAX_OBJECTS: usize = 1000;

/// A semaphore set or a message queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Object {
    pub kind: ObjectKind,
    pub id: i32,
    pub key: i32,
    /// The role of who made it; none: it was there before.
    pub made_by: Option<String>,
    /// The number of the call that made it, or found it first.
    pub event: Option<usize>,
    /// A process of the program has removed it.
    pub removed: bool,
    /// It was there when the program had ended.
    pub left: bool,
}

impl Story {
    /// A set or a queue by its identifier: the last one, if it is not removed.
    pub fn object(&self, kind: ObjectKind, id: i32) -> Option<&Object> {
        self.objects
            .iter()
            .rfind(|object| (object.kind, object.id) == (kind, id))
            .filter(|object| !object.removed)
    }

    /// A process has made one, or found one that was not known.
    pub fn meet_object(&mut self, object: Object) {
        if self.objects.len() < MAX_OBJECTS && self.object(object.kind, object.id).is_none() {
            self.objects.push(object);
        }
    }

    /// A process has removed one.
    pub fn remove_object(&mut self, kind: ObjectKind, id: i32) {
        let mut all = self.objects.iter_mut();
        if let Some(object) = all.rfind(|object| (object.kind, object.id) == (kind, id)) {
            object.removed = true;
        }
    }

    /// After the end: the kernel still has those of a kind that have one of these identifiers and keys.
    pub fn objects_remain(&mut self, kind: ObjectKind, rows: &HashSet<(i32, i32)>) {
        for object in self.objects.iter_mut().filter(|object| object.kind == kind && !object.removed) {
            object.left = rows.contains(&(object.id, object.key));
        }
    }
}
