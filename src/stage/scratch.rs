//! The scratch folder: where a run's key files live, private to its owner, announced before it is made and
//! removed with the run. Actors work in it, so that a lesson's file names are as short as a student's.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::kernel::{files, process};
use crate::trouble::Trouble;

/// The folder of one run.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes the folder in the first place that lets us: $TMPDIR, /tmp, /dev/shm, the home folder. `announce`
    /// is told each path before it is made.
    ///
    /// # Errors
    /// None of them did; the last one's error.
    pub fn make(mut announce: impl FnMut(&Path)) -> Result<Scratch, Trouble> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let name = format!("lab-{}-{:x}", process::own_pid(), since.as_nanos());
        let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let places = [named("TMPDIR"), Some("/tmp".into()), Some("/dev/shm".into()), named("HOME")];
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for place in places.into_iter().flatten() {
            let folder = place.join(&name);
            announce(&folder);
            match files::private_folder(&folder) {
                Ok(()) => return Ok(Scratch(folder)),
                Err(error) => last = error,
            }
        }
        Err(Trouble::System("make a folder for the key file in $TMPDIR, /tmp, /dev/shm or $HOME", last))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Makes an empty file.
    ///
    /// # Errors
    /// open(2)'s.
    pub fn create(&self, name: &str) -> io::Result<()> {
        files::private_file(&self.0.join(name)).map(|_| ())
    }

    /// Puts a new file in a file's place. The old one stays under another name until the end, or its inode
    /// number, and with it its key, could come back.
    ///
    /// # Errors
    /// The file system's own.
    pub fn replace(&self, name: &str) -> io::Result<()> {
        let used = fs::read_dir(&self.0)?.count();
        fs::rename(self.0.join(name), self.0.join(format!("{name}.taken-{used}")))?;
        self.create(name)
    }
}
