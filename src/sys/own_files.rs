//! Folders of lab's own and the files in them: only what is the effective user's alone is used. What belongs to others,
//! what others can write, and what is not a plain file is left alone: not read, not written, not locked, not removed,
//! not waited for.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use nix::sys::stat::{FileStat, fstat};

use super::folder::{Folder, kind};
use super::process::{own_pid, own_uid};

/// The largest file that is read or written: far more than a run or a student ever fills.
const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// How many other names are tried for a new file where one is taken.
const MAX_TRIES: u32 = 16;

/// A folder of ours: lab's own, or one in it.
#[derive(Debug)]
pub struct OwnFolder {
    folder: Folder,
    path: PathBuf,
}

/// Why something is not kept.
#[derive(Debug)]
pub enum NotKept {
    /// It is not ours alone, and left as it is: a sentence.
    Alone(String),
    System(io::Error),
}

impl From<io::Error> for NotKept {
    fn from(error: io::Error) -> NotKept {
        NotKept::System(error)
    }
}

impl From<NotKept> for io::Error {
    fn from(unkept: NotKept) -> io::Error {
        match unkept {
            NotKept::Alone(words) => io::Error::other(words),
            NotKept::System(error) => error,
        }
    }
}

impl OwnFolder {
    /// A folder that was found to be ours.
    pub fn new(folder: Folder, path: PathBuf) -> OwnFolder {
        OwnFolder { folder, path }
    }

    /// Where a file of it is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A folder in it; none if there is none.
    pub fn folder(&self, name: &str) -> Result<Option<OwnFolder>, NotKept> {
        self.inner(name, false)
    }

    /// A folder in it, made if need be.
    pub fn made_folder(&self, name: &str) -> Result<OwnFolder, NotKept> {
        self.inner(name, true)?.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound).into())
    }

    fn inner(&self, name: &str, make: bool) -> Result<Option<OwnFolder>, NotKept> {
        let path = self.path(name);
        let folder = entered(&self.folder, name.as_ref(), &path, make)?;
        Ok(folder.map(|folder| OwnFolder { folder, path }))
    }

    /// The names in it, sorted.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let names = self.folder.names(usize::MAX)?;
        let mut names: Vec<_> = names.into_iter().filter_map(|name| name.into_string().ok()).collect();
        names.sort();
        Ok(names)
    }

    /// What a name stands for, if it is a file of ours; none if there is none.
    pub fn look(&self, name: &str) -> Result<Option<FileStat>, NotKept> {
        let stat = match self.folder.look(name.as_ref()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            stat => stat?,
        };
        alone(&self.path(name), strange(&stat, libc::S_IFREG))?;
        Ok(Some(stat))
    }

    /// Opens a file of ours, to read it, and to write and lock it if `written`; none if there is none. It is looked
    /// at before it is opened, since opening a device does something, and again once it is open.
    pub fn file(&self, name: &str, written: bool) -> Result<Option<File>, NotKept> {
        if self.look(name)?.is_none() {
            return Ok(None);
        }
        let file = match self.folder.file(name.as_ref(), written) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        alone(&self.path(name), strange(&fstat(&file).map_err(io::Error::from)?, libc::S_IFREG))?;
        Ok(Some(file))
    }

    /// Reads a file of ours; none if there is none.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, NotKept> {
        self.file(name, false)?.map(|file| whole(&file)).transpose().map_err(NotKept::System)
    }

    /// Makes a new file that only its owner may read.
    pub fn create(&self, name: &str) -> io::Result<File> {
        self.folder.create(name.as_ref(), 0o600)
    }

    /// Opens a file of ours to lock it, made if need be.
    pub fn lock_file(&self, name: &str) -> Result<File, NotKept> {
        for _ in 0..MAX_TRIES {
            if let Some(file) = self.file(name, true)? {
                return Ok(file);
            }
            match self.create(name) {
                // Another run was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return Ok(made?),
            }
        }
        Err(io::Error::from(io::ErrorKind::AlreadyExists).into())
    }

    /// Puts a file in place, whole or not at all. Nothing that has the new file's first name already is touched:
    /// the file gets another one.
    pub fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), NotKept> {
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(io::Error::from_raw_os_error(libc::EFBIG).into());
        }
        self.look(name)?;
        let stem = Path::new(name).with_extension("").display().to_string();
        let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
        for number in 0..MAX_TRIES {
            let new = match number {
                0 => format!("{stem}.{}.new", own_pid()),
                _ => format!("{stem}.{}-{number}.new", own_pid()),
            };
            let mut file = match self.create(&new) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    taken = error;
                    continue;
                }
                file => file?,
            };
            let written = file.write_all(bytes).and_then(|()| self.rename(&new, name));
            if written.is_err() {
                let _ = self.folder.unlink(new.as_ref());
            }
            return Ok(written?);
        }
        Err(taken.into())
    }

    /// Renames a file in it.
    pub fn rename(&self, name: &str, new: &str) -> io::Result<()> {
        self.folder.rename(name.as_ref(), &self.folder, new.as_ref())
    }

    /// Removes a file of ours, if it is there.
    pub fn remove(&self, name: &str) -> Result<(), NotKept> {
        if self.look(name)?.is_some() {
            self.folder.unlink(name.as_ref())?;
        }
        Ok(())
    }
}

/// All of a file, and no more than [`MAX_FILE_BYTES`].
pub fn whole(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A folder of ours in another one; none if there is none and it is not to be made.
pub fn entered(folder: &Folder, name: &OsStr, path: &Path, make: bool) -> Result<Option<Folder>, NotKept> {
    match folder.look(name) {
        Ok(stat) => alone(path, strange(&stat, libc::S_IFDIR))?,
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        Err(_) if !make => return Ok(None),
        Err(_) => match folder.make(name, 0o700) {
            // Another run was faster.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        },
    }
    let inner = folder.inner(name)?;
    alone(path, strange(&inner.stat()?, libc::S_IFDIR))?;
    Ok(Some(inner))
}

/// The uid that the kernel shows for an owner whom a sandbox's user namespace does not know.
const UNKNOWN_OWNER: u32 = 65534;

/// Whether lab may make something in this folder: it is ours or root's. In a user namespace root is unknown, so a
/// folder of an unknown owner is taken for root's there. When root runs lab, that uid is a real user's, whose folder
/// is refused.
pub fn may_hold_ours(stat: &FileStat) -> bool {
    let (owner, own) = (stat.st_uid, own_uid());
    owner == own || owner == 0 || (owner == UNKNOWN_OWNER && own != 0)
}

/// Whose it is instead.
pub fn belongs(stat: &FileStat) -> String {
    format!("belongs to user {}, and lab runs as user {}", stat.st_uid, own_uid())
}

/// What is wrong with a thing that should be of this kind and ours alone: what comes after "it".
fn strange(stat: &FileStat, wanted: libc::mode_t) -> Option<String> {
    let found = kind(stat);
    if found != wanted {
        let what = match found {
            libc::S_IFREG => "a file",
            libc::S_IFDIR => "a folder",
            libc::S_IFLNK => "a symbolic link",
            libc::S_IFIFO => "a pipe",
            libc::S_IFSOCK => "a socket",
            _ => "a device",
        };
        return Some(format!("is {what}"));
    }
    if stat.st_uid != own_uid() {
        return Some(belongs(stat));
    }
    if stat.st_mode & 0o022 != 0 {
        return Some(format!("can be written by others (mode {:04o})", stat.st_mode & 0o7777));
    }
    // None at all: another run has put a new one in its place.
    if found == libc::S_IFREG && stat.st_nlink > 1 {
        return Some("has a second name, a hard link".into());
    }
    let large = found == libc::S_IFREG && u64::try_from(stat.st_size).unwrap_or(u64::MAX) > MAX_FILE_BYTES;
    large.then(|| format!("is larger than {} KiB", MAX_FILE_BYTES / 1024))
}

fn alone(path: &Path, why: Option<String>) -> Result<(), NotKept> {
    match why {
        None => Ok(()),
        Some(why) => Err(NotKept::Alone(format!("lab leaves {} alone because it {why}", path.display()))),
    }
}
