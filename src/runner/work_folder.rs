//! A scratch folder for strangers' programs: it holds copies of files, is put back as it was when a program has changed
//! it, and goes with the process that made it, however that ends. The originals are only read.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::journal::Journal;
use super::ledger::Ledger;
use super::scratch::Scratch;
use crate::error::Error;

/// How many files are copied, how large each may be, and all of them.
const MAX_FILES: usize = 200;
const MAX_FILE: u64 = 256 * 1024;
const MAX_BYTES: u64 = 8 << 20;

/// What a folder's files were when they were looked at: their identity, size and time of change.
pub type Looks = BTreeMap<OsString, (u64, u64, i64, i64)>;

#[derive(Debug)]
pub struct WorkFolder {
    /// None once it is removed.
    scratch: Option<Scratch>,
    ledger: Ledger,
    /// Where its files come from.
    from: PathBuf,
    filled: Looks,
    /// Whether something of `from` was too large or too much to be copied.
    pub partly: bool,
}

/// Looks at each file of a folder.
pub fn looks(folder: &Path) -> Looks {
    let look = |meta: &Metadata| (meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec());
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.file_name(), look(&entry.metadata().ok()?)))).collect()
}

impl WorkFolder {
    /// Makes it and fills it with copies of the files that stand in `from`.
    pub fn make(from: &Path) -> Result<WorkFolder, Error> {
        // Without a record the guard still cleans up; only a machine that kills both leaves a folder.
        let ledger = Ledger::open(Journal::open().ok(), None);
        let mut ledger = ledger.map_err(Error::context("fork the guard"))?;
        let scratch = Scratch::make(false, |note| drop(ledger.note(note, true)))?;
        let mut folder = WorkFolder {
            scratch: Some(scratch),
            ledger,
            from: from.into(),
            filled: BTreeMap::new(),
            partly: false,
        };
        folder.fill();
        Ok(folder)
    }

    pub fn path(&self) -> &Path {
        self.scratch.as_ref().map_or(Path::new("/"), Scratch::folder)
    }

    /// Copies what can be copied. What can't be read is not there for the programs, as for anyone else.
    fn fill(&mut self) {
        let mut names: Vec<OsString> =
            fs::read_dir(&self.from).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
        names.sort();
        let (mut files, mut bytes) = (0, 0);
        for name in names {
            let Ok(meta) = fs::metadata(self.from.join(&name)) else { continue };
            if !meta.is_file() {
                continue;
            }
            if files == MAX_FILES || meta.len() > MAX_FILE || bytes + meta.len() > MAX_BYTES {
                self.partly = true;
                continue;
            }
            if fs::copy(self.from.join(&name), self.path().join(&name)).is_ok() {
                (files, bytes) = (files + 1, bytes + meta.len());
            }
        }
        self.filled = looks(self.path());
    }

    /// Puts it back as it was, where a program has changed something.
    pub fn refresh(&mut self) -> Result<(), Error> {
        if looks(self.path()) == self.filled {
            return Ok(());
        }
        if let Some(scratch) = &self.scratch {
            scratch.clear().map_err(Error::context("empty the scratch folder"))?;
        }
        self.fill();
        Ok(())
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // Its descriptor may be the last one there is.
        self.scratch = None;
        if self.ledger.resources.clean_folder().complete() {
            self.ledger.close();
        } else {
            self.ledger.leave_to_guard();
        }
    }
}
