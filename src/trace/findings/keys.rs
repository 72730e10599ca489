//! Findings about keys: where they come from, and how many of their bits mean anything.

use super::{Detail, Found, Level, about, calls, each, failed, int};
use crate::facts::event::FileFact;
use crate::facts::traced_call::TracedCall::{Ftok, Shmget};
use crate::trace::Story;

/// ftok failed, and a key of -1 was used.
pub fn missing_file(story: &Story) -> Vec<Found> {
    each(story, calls(story, Ftok), |event| {
        let (call, errno, user) = (event.call.clone(), failed(event)?, event.role.clone());
        Some(Detail::MissingFile { call, errno, user })
    })
}

/// shmget with key -1.
pub fn minus_one(story: &Story) -> Vec<Found> {
    let asked = calls(story, Shmget).filter(|event| int(event, 0) == -1);
    let found =
        each(story, asked, |event| Some(Detail::KeyMinusOne { errno: failed(event), shmid: event.segment }));
    let refused = |found: &Found| matches!(found.detail, Detail::KeyMinusOne { errno: Some(_), .. });
    found.into_iter().map(|one| if refused(&one) { one.level(Level::Mistake) } else { one }).collect()
}

/// A project number with more than 8 bits.
pub fn project_over(story: &Story) -> Vec<Found> {
    each(story, calls(story, Ftok), |event| {
        let project = event.file.as_ref()?.project;
        // A negative char is one byte all the same.
        (!(-128..=255).contains(&project)).then_some(Detail::ProjectOver { project })
    })
}

/// Project number 0.
pub fn project_zero(story: &Story) -> Vec<Found> {
    each(story, calls(story, Ftok), |event| {
        (event.file.as_ref()?.project == 0).then_some(Detail::ProjectZero)
    })
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
