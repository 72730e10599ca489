//! Findings about keys: where they come from, and how many of their bits mean anything.

use super::{Found, about, calls, failed, int};
use crate::constants;
use crate::facts::event::FileFact;
use crate::facts::outcome::Outcome;
use crate::trace::Story;

/// ftok failed, and a key of -1 was used.
pub fn missing_file(story: &Story) -> Vec<Found> {
    let found = calls(story, "ftok").filter_map(|event| {
        let errno = failed(event)?;
        let means = format!(
            "{} failed with {}: {}. {} did not look, and went on with the -1, which is key 0xffffffff.",
            event.call,
            constants::errno(errno),
            constants::meaning("ftok", errno),
            event.role
        );
        Some(about(story, event, means))
    });
    found.collect()
}

/// shmget with key -1.
pub fn minus_one(story: &Story) -> Vec<Found> {
    let found = calls(story, "shmget").filter(|event| int(event, 0) == -1).map(|event| {
        let means = match (&event.outcome, event.segment) {
            (Outcome::Failed(errno), _) => {
                format!("shmget was asked for key 0xffffffff and failed with {}.", constants::errno(*errno))
            }
            (_, Some(id)) => format!(
                "0xffffffff is a key like any other, so shmget worked: every program with this mistake gets the same segment, here {id}."
            ),
            _ => "0xffffffff is a key like any other, so shmget worked.".into(),
        };
        about(story, event, means)
    });
    found.collect()
}

/// A project number with more than 8 bits.
pub fn project_over(story: &Story) -> Vec<Found> {
    let found = calls(story, "ftok").filter_map(|event| {
        let project = event.file.as_ref()?.project;
        // A negative char is one byte all the same.
        (!(-128..=255).contains(&project)).then(|| {
            let means = format!(
                "Of the project number {project} ({project:#x}) only the low byte counts: {:#04x}. Every number that ends in it gives the same key.",
                project & 0xff
            );
            about(story, event, means)
        })
    });
    found.collect()
}

/// Project number 0.
pub fn project_zero(story: &Story) -> Vec<Found> {
    let found =
        calls(story, "ftok").filter(|event| event.file.as_ref().is_some_and(|file| file.project == 0));
    let found = found.map(|event| {
        let means = "ftok promises nothing for project number 0. The key's top byte is 0 then, and for an unlucky file the whole key is 0: IPC_PRIVATE, a new segment for everybody.";
        about(story, event, means.into())
    });
    found.collect()
}

/// The same path and project, and another file.
pub fn changed(story: &Story) -> Vec<Found> {
    let files: Vec<_> =
        calls(story, "ftok").filter_map(|event| Some((event, event.file.as_ref()?))).collect();
    let found = files.iter().enumerate().filter_map(|(at, (event, file))| {
        let same = |earlier: &FileFact| earlier.path == file.path && earlier.project == file.project;
        let (before, old) = files[..at].iter().rfind(|(_, earlier)| same(earlier))?;
        ((old.inode, old.device) != (file.inode, file.device)).then(|| {
            let means = format!(
                "The file of {} is another one than before: inode {} was {}. So the key changed, and programs that started before and after do not meet. An editor that saves does this.",
                event.call, file.inode, old.inode
            );
            let mut found = about(story, event, means);
            found.events.insert(0, before.seen().number);
            found
        })
    });
    found.collect()
}
