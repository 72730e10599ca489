//! Findings about semaphore sets and message queues: what is left of those that the program made.

use super::{Detail, Found};
use crate::facts::outcome::Value;
use crate::trace::Story;

/// Sets and queues that are still there. One without a key is found only by its number.
pub fn left(story: &Story) -> Vec<Found> {
    let found = story.objects.iter().filter(|object| object.left && !story.cut).filter_map(|object| {
        let event = object.event?;
        let (kind, id, maker) = (object.kind, object.id, object.made_by.clone()?);
        let private = object.key == libc::IPC_PRIVATE;
        let detail = Detail::ObjectLeft { kind, id, key: Value::Key(object.key), maker, private };
        let pid = story.event(event).map(|event| event.pid);
        Some(Found::new(detail, vec![event], pid, None))
    });
    found.collect()
}
