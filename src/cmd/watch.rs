//! Watching files: something is done once, and again whenever they have changed and then stayed as they are for one look,
//! since an editor may write in pieces, or put a new file in place of the old one. A signal ends it. It only looks.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::output::line::{Line, labelled};
use crate::output::screen::Screen;
use crate::sys::signals;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How deep below a folder, and how many files in all: a task has its programs one folder further down.
const MAX_DEPTH: usize = 2;
const MAX_FILES: usize = 10_000;

/// What tells a changed file: where it is, which file it is, its size and its time.
type Stamp = (PathBuf, (u64, u64), u64, Option<SystemTime>);

/// Does it, says `invitation`, and does it again at each save of these files or of a file in these folders.
///
/// # Errors
/// [`Error::Interrupted`]; whatever `work` ends with.
pub fn watch(
    paths: &[PathBuf],
    screen: &Screen,
    invitation: &str,
    mut work: impl FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    loop {
        // Before the work: what is saved while it is done counts.
        let seen = stamps(paths);
        work()?;
        screen.show(&[labelled("WATCHING", invitation), Line::Blank])?;
        loop {
            let before = stamps(paths);
            let _ = signals::wait(None, Some(signals::after(LOOK)));
            Error::if_signalled(signals::check())?;
            let after = stamps(paths);
            if before == after && seen != after {
                break;
            }
        }
    }
}

fn stamps(paths: &[PathBuf]) -> Vec<Stamp> {
    let mut stamps = Vec::new();
    for path in paths {
        add(&mut stamps, path, MAX_DEPTH);
    }
    stamps.sort();
    stamps
}

/// Adds a file, or what is in a folder; no folder through a link.
fn add(stamps: &mut Vec<Stamp>, path: &Path, depth: usize) {
    // A file that is gone has no stamp, which is a change too.
    let Ok(meta) = fs::metadata(path) else { return };
    if !meta.is_dir() {
        if stamps.len() < MAX_FILES {
            let file = (meta.dev(), meta.ino());
            stamps.push((path.to_owned(), file, meta.len(), meta.modified().ok()));
        }
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        let through_a_link = || entry.file_type().is_ok_and(|kind| kind.is_symlink());
        let inner = entry.path();
        if is_an_editors(&entry.file_name()) || (inner.is_dir() && (depth == 0 || through_a_link())) {
            continue;
        }
        add(stamps, &inner, depth.saturating_sub(1));
    }
}

/// What an editor keeps beside a file: a hidden one, or a copy whose name ends in `~`.
fn is_an_editors(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".") || name.ends_with(b"~")
}
