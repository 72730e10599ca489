//! The scratch folder: where a run's key files live, private to its owner, announced before it is made and
//! removed with the run. Actors work in it, so that a lesson's file names are as short as a student's.

use std::collections::HashMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use crate::kernel::{files, process, since_1970};
use crate::trouble::Trouble;

/// The folder of one run.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    /// Whether other users play as well and must be able to name its files.
    shared: bool,
}

/// How many files of this machine are looked at for two with the same key.
const MOST_FILES: usize = 300_000;

impl Scratch {
    /// Makes the folder in the first place that lets us: $TMPDIR, /tmp, /dev/shm, the home folder. `announce`
    /// is told each path before it is made.
    ///
    /// # Errors
    /// None of them did; the last one's error.
    pub fn make(shared: bool, mut announce: impl FnMut(&Path)) -> Result<Scratch, Trouble> {
        let name = files::scratch_name(process::own_pid(), since_1970().as_nanos());
        let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let places = [named("TMPDIR"), Some("/tmp".into()), Some("/dev/shm".into()), named("HOME")];
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for place in places.into_iter().flatten() {
            let folder = place.join(&name);
            announce(&folder);
            match files::private_folder(&folder) {
                Ok(()) => {
                    if shared {
                        let _ = fs::set_permissions(&folder, Permissions::from_mode(0o711));
                    }
                    return Ok(Scratch { folder, shared });
                }
                Err(error) => last = error,
            }
        }
        Err(Trouble::System("make a folder for the key file in $TMPDIR, /tmp, /dev/shm or $HOME", last))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A lesson's path inside the folder.
    ///
    /// # Errors
    /// A path that leads out of it.
    pub fn inside(&self, path: &str) -> io::Result<PathBuf> {
        let tame = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if tame { Ok(self.folder.join(path)) } else { Err(io::Error::from_raw_os_error(libc::EACCES)) }
    }

    /// Makes an empty file.
    ///
    /// # Errors
    /// open(2)'s.
    pub fn create(&self, path: &Path) -> io::Result<()> {
        files::private_file(path)?;
        if self.shared { fs::set_permissions(path, Permissions::from_mode(0o644)) } else { Ok(()) }
    }

    /// Saves a file as editors do: a new file, renamed over the old one.
    ///
    /// # Errors
    /// The file system's own.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let new = path.with_extension("new");
        self.create(&new)?;
        fs::rename(new, path)
    }

    /// Puts a new file in a file's place. The old one stays under another name until the end, or its inode
    /// number, and with it its key, could come back.
    ///
    /// # Errors
    /// The file system's own.
    pub fn replace(&self, path: &Path) -> io::Result<()> {
        let used = fs::read_dir(&self.folder)?.count();
        fs::rename(path, self.folder.join(format!("taken-{used}")))?;
        self.create(path)
    }

    /// Finds two different files of this machine with the same low 16 bits of inode on the same device, and
    /// links to them; how many files were looked at.
    ///
    /// # Errors
    /// There are none, or they can't be linked to.
    pub fn twins(&self, one: &Path, other: &Path) -> io::Result<usize> {
        let (twin, other_twin, looked) = Self::find_twins().ok_or(io::ErrorKind::NotFound)?;
        symlink(twin, one)?;
        symlink(other_twin, other)?;
        Ok(looked)
    }

    /// Two such files, and how many were looked at. Among a few hundred there are two (the birthday paradox).
    pub fn find_twins() -> Option<(PathBuf, PathBuf, usize)> {
        let mut seen: HashMap<(u64, u64), (u64, PathBuf)> = HashMap::new();
        let mut folders: Vec<PathBuf> =
            ["/etc", "/usr/share", "/usr/lib", "/usr", "/var/lib"].map(PathBuf::from).into();
        let mut looked = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let Ok(meta) = entry.path().symlink_metadata() else { continue };
                if meta.is_dir() {
                    folders.push(entry.path());
                }
                if !meta.is_file() {
                    continue;
                }
                looked += 1;
                if looked > MOST_FILES {
                    return None;
                }
                let place = (meta.dev(), meta.ino() & 0xffff);
                match seen.get(&place) {
                    Some((inode, twin)) if *inode != meta.ino() => {
                        return Some((twin.clone(), entry.path(), looked));
                    }
                    _ => {
                        seen.insert(place, (meta.ino(), entry.path()));
                    }
                }
            }
        }
        None
    }
}
