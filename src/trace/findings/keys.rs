//! Findings about keys: where they come from, and how many of their bits mean anything.

use super::{Detail, Found, about, calls, failed, int};
use crate::facts::event::FileFact;
use crate::facts::traced_call::TracedCall::{Ftok, Shmget};
use crate::trace::Story;

/// ftok failed, and a key of -1 was used.
pub fn missing_file(story: &Story) -> Vec<Found> {
    let found = calls(story, Ftok).filter_map(|event| {
        let (call, errno, user) = (event.call.clone(), failed(event)?, event.role.clone());
        Some(about(story, event, Detail::MissingFile { call, errno, user }))
    });
    found.collect()
}

/// shmget with key -1.
pub fn minus_one(story: &Story) -> Vec<Found> {
    let found = calls(story, Shmget).filter(|event| int(event, 0) == -1);
    let found = found
        .map(|event| about(story, event, Detail::KeyMinusOne { errno: failed(event), shmid: event.segment }));
    found.collect()
}

/// A project number with more than 8 bits.
pub fn project_over(story: &Story) -> Vec<Found> {
    let found = calls(story, Ftok).filter_map(|event| {
        let project = event.file.as_ref()?.project;
        // A negative char is one byte all the same.
        (!(-128..=255).contains(&project)).then(|| about(story, event, Detail::ProjectOver { project }))
    });
    found.collect()
}

/// Project number 0.
pub fn project_zero(story: &Story) -> Vec<Found> {
    let found = calls(story, Ftok).filter(|event| event.file.as_ref().is_some_and(|file| file.project == 0));
    found.map(|event| about(story, event, Detail::ProjectZero)).collect()
}

/// The same path and project, and another file.
pub fn changed(story: &Story) -> Vec<Found> {
    let files: Vec<_> = calls(story, Ftok).filter_map(|event| Some((event, event.file.as_ref()?))).collect();
    let found = files.iter().enumerate().filter_map(|(at, (event, file))| {
        let same = |earlier: &FileFact| earlier.path == file.path && earlier.project == file.project;
        let (before, old) = files[..at].iter().rfind(|(_, earlier)| same(earlier))?;
        ((old.inode, old.device) != (file.inode, file.device)).then(|| {
            let detail = Detail::KeyChanged { call: event.call.clone(), inode: file.inode, was: old.inode };
            let mut found = about(story, event, detail);
            found.events.insert(0, before.seen().number);
            found
        })
    });
    found.collect()
}
