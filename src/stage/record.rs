//! Records of runs: one file each in the state folder, written before what it announces and locked while its
//! run lives. A record whose lock is free is a dead run's; `lab clean` and every start read those.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ledger::{Cleaned, Ledger, Note};
use crate::kernel::{evidence, files, process, since_1970};

/// How much of a record is read: far more than a run ever writes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The record of the run under way.
#[derive(Debug)]
pub struct Record {
    file: File,
    path: PathBuf,
}

/// A dead run's record.
#[derive(Debug)]
pub struct Dead {
    file: File,
    path: PathBuf,
    pub ledger: Ledger,
}

/// Where records are kept.
///
/// # Errors
/// As for [`state_folder`].
pub fn folder() -> io::Result<PathBuf> {
    Ok(state_folder()?.join("runs"))
}

/// Where lab keeps what lasts: `$XDG_STATE_HOME/lab`, or `~/.local/state/lab`.
///
/// # Errors
/// XDG_STATE_HOME is no absolute path, and HOME is none either or is not there.
pub fn state_folder() -> io::Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    // A home that is not there is not made: some accounts have none on purpose.
    let home = absolute("HOME").filter(|home| home.is_dir());
    let state = absolute("XDG_STATE_HOME").or_else(|| home.map(|home| home.join(".local/state")));
    let state = state.ok_or_else(|| io::Error::other("neither XDG_STATE_HOME nor HOME names a folder"))?;
    Ok(state.join("lab"))
}

impl Record {
    /// Opens a record for this run. It gets its final name only when it is locked, or another start could
    /// take it for a dead run's.
    ///
    /// # Errors
    /// The file system's own.
    pub fn open() -> io::Result<Record> {
        let folder = folder()?;
        files::private_folders(&folder)?;
        let name = format!("{}-{}", process::own_pid(), since_1970().as_nanos());
        let new = folder.join(format!("{name}.new"));
        let path = folder.join(format!("{name}.run"));
        let file = files::private_file(&new)?;
        let mut record = Record { file, path };
        let ready = if files::lock(&record.file) {
            record.write(&Ledger::opening()).and_then(|()| fs::rename(&new, &record.path))
        } else {
            Err(io::Error::other("a new file could not be locked"))
        };
        if let Err(error) = ready {
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        Ok(record)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a note, before what it announces is done.
    ///
    /// # Errors
    /// The file system's own.
    pub fn write(&mut self, note: &Note) -> io::Result<()> {
        let mut line = serde_json::to_vec(note)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// The run has left nothing: no record is needed.
    pub fn remove(self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The records of runs that have ended without cleaning up. The lock of each is held while it is looked at.
pub fn dead() -> Vec<Dead> {
    let Ok(entries) = folder().and_then(fs::read_dir) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| read(path)).collect()
}

fn read(path: &Path) -> Option<Dead> {
    let end = path.extension()?;
    if end == "new" {
        // Killed between making its record and naming it; a living one needs a moment at most.
        let age = fs::metadata(path).and_then(|meta| meta.modified()).ok()?.elapsed().ok()?;
        if age > Duration::from_secs(60) {
            let _ = fs::remove_file(path);
        }
        return None;
    }
    if end != "run" {
        return None;
    }
    let file = files::kept(path).ok()?;
    if !files::lock(&file) {
        return None;
    }
    let mut text = Vec::new();
    (&file).take(LARGEST).read_to_end(&mut text).ok()?;
    let mut ledger = Ledger::default();
    // A line that can't be read was cut off by a death, or was never ours: it announces nothing.
    for note in text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()) {
        ledger.take(note);
    }
    Some(Dead { file, path: path.into(), ledger })
}

impl Dead {
    /// What this process may clean of it: segments live in one boot and one IPC namespace. After a restart of
    /// the machine they are gone; in another namespace they are not ours to see, and the record stays for
    /// whoever is there.
    pub fn ledger_here(&self) -> Option<Ledger> {
        let ledger = self.ledger.clone();
        let same = |recorded: &str, now: &str| recorded.is_empty() || now.is_empty() || recorded == now;
        if !same(&ledger.boot, &evidence::boot_id()) {
            return Some(ledger.without_segments());
        }
        (!ledger.has_segments() || same(&ledger.ipc, &evidence::ipc_namespace())).then_some(ledger)
    }

    /// Removes what the run left and, when nothing is left, the record.
    pub fn clean(self) -> Cleaned {
        let cleaned = self.ledger_here().map(|ledger| ledger.clean());
        if cleaned.as_ref().is_some_and(Cleaned::complete) {
            let _ = fs::remove_file(&self.path);
        }
        drop(self.file);
        cleaned.unwrap_or_default()
    }
}
