//! Findings about keys: where they come from, and how many of their bits mean anything.

use super::{Detail, Found, about, calls, each, failed, int, line_of};
use crate::facts::event::{Event, FileFact};
use crate::facts::meaning::Meaning;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{Ftok, Semget, Shmget};
use crate::text::quote;
use crate::trace::Story;

/// ftok failed, and a key of -1 was used.
pub fn missing_file(story: &Story) -> Vec<Found> {
    each(story, calls(story, Ftok), |event| {
        let (call, errno, user) = (event.call.clone(), failed(event)?, event.role.clone());
        let number = event.seen().number;
        let uses = |later: &&Event| {
            later.is_one_of(&[Shmget, Semget])
                && later.seen().number > number
                && int(later, 0) == -1
                && line_of(story, later.pid).contains(&event.pid)
        };
        story.events.iter().find(uses)?;
        Some(Detail::MissingFile { call, errno, user })
    })
}

/// shmget with key -1.
pub fn minus_one(story: &Story) -> Vec<Found> {
    let asked = calls(story, Shmget).filter(|event| int(event, 0) == -1);
    each(story, asked, |event| Some(Detail::KeyMinusOne { errno: failed(event), shmid: event.segment }))
}

/// The project number that an ftok was given, whether it found its file or not.
fn project(event: &Event) -> Option<i32> {
    match event.seen().meaning {
        Some(Meaning::NoFile { project, .. }) => project,
        _ => event.file.as_ref().map(|file| file.project),
    }
}

/// A project number with more than 8 bits.
pub fn project_over(story: &Story) -> Vec<Found> {
    each(story, calls(story, Ftok), |event| {
        let project = project(event)?;
        // A negative char is one byte anyway.
        (!(-128..=255).contains(&project)).then_some(Detail::ProjectOver { project })
    })
}

pub fn project_zero(story: &Story) -> Vec<Found> {
    each(story, calls(story, Ftok), |event| (project(event)? == 0).then_some(Detail::ProjectZero))
}

/// Two files, one key.
pub fn twin_files(story: &Story) -> Vec<Found> {
    let files: Vec<_> = calls(story, Ftok).filter_map(|event| Some((event, event.file.as_ref()?))).collect();
    let found = files.iter().enumerate().filter_map(|(at, (event, file))| {
        let twin = |(other, earlier): &&(&Event, &FileFact)| {
            other.outcome == event.outcome
                && (earlier.inode, earlier.device) != (file.inode, file.device)
                && earlier.path != file.path
        };
        let (before, other) = files[..at].iter().rfind(twin)?;
        let Outcome::Returned(Value::Key(key)) = event.outcome else { return None };
        let used = |by: &Event| {
            calls(story, Shmget)
                .any(|later| later.pid == by.pid && int(later, 0) == key && failed(later).is_none())
        };
        let detail = Detail::TwinFiles {
            path: quote(file.path.as_bytes()),
            inode: file.inode,
            other: quote(other.path.as_bytes()),
            other_inode: other.inode,
            key: Value::Key(key),
            used: used(before) && used(event),
        };
        Some(about(story, event, detail).after(before.seen().number))
    });
    found.collect()
}

/// A look-up with key 0, which makes a segment instead: by a process that has made one with IPC_CREAT and key 0 before.
pub fn private_lookup(story: &Story) -> Vec<Found> {
    let private = |event: &Event| int(event, 0) == libc::IPC_PRIVATE && failed(event).is_none();
    let creates = |event: &Event| int(event, 2) & libc::IPC_CREAT != 0;
    each(story, calls(story, Shmget).filter(|event| private(event) && !creates(event)), |event| {
        let mut before = story.before(event.seen().number, event.pid);
        let earlier = before.find(|earlier| earlier.is(Shmget) && private(earlier) && creates(earlier))?;
        Some(Detail::PrivateLookup {
            user: event.role.clone(),
            shmid: event.segment?,
            earlier: earlier.segment?,
        })
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
            about(story, event, detail).after(before.seen().number)
        })
    });
    found.collect()
}
