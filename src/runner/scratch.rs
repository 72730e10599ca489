//! The scratch folder: where a run's key files live, private to its owner, announced before it is made and
//! removed with the run. Actors work in it, so that a lesson's file names are as short as a student's. Whatever a
//! lesson does to files is done relative to the open folder, one name at a time and through no link: nothing
//! leads out of it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::resources::ResourceEvent;
use crate::error::Error;
use crate::lesson::names_inside;
use crate::sys::folder::{Folder, identity};
use crate::sys::{files, process, since_1970, trials};

/// The folder of one run.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    folder: Folder,
    /// Whether other users play as well and must be able to name its files.
    shared: bool,
}

/// The names along a lesson's path. What the check before the run lets through never fails here.
fn inside(path: &str) -> io::Result<Vec<&OsStr>> {
    names_inside(Path::new(path)).ok_or_else(|| io::Error::from_raw_os_error(libc::EACCES))
}

/// How many files of this machine are looked at for two with the same key.
const MAX_FILES: usize = 300_000;

/// Where it may be: $TMPDIR, /tmp, /dev/shm, the home folder.
fn places() -> impl Iterator<Item = PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    [named("TMPDIR"), Some("/tmp".into()), Some("/dev/shm".into()), named("HOME")].into_iter().flatten()
}

/// The first place that would take it; looked for by a write that leaves nothing.
pub fn place() -> io::Result<PathBuf> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for place in places() {
        match files::scratch_place(&place).and_then(|_| trials::write_in(&place)) {
            Ok(()) => return Ok(place),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Scratch {
    /// Makes the folder in the first place that lets us and that others can't change under our hands: $TMPDIR, /tmp,
    /// /dev/shm, the home folder. `announce` is called with each before it is made, and with its identity afterwards.
    pub fn make(shared: bool, mut announce: impl FnMut(ResourceEvent)) -> Result<Scratch, Error> {
        let name = files::scratch_name(process::own_pid(), since_1970().as_nanos());
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for place in places() {
            let path = place.join(&name);
            let made = files::make_scratch(&place, &name, || {
                announce(ResourceEvent::Scratch { path: path.clone() })
            });
            match made.and_then(|folder| Ok((identity(&folder.stat()?), folder))) {
                Ok(((device, inode), folder)) => {
                    announce(ResourceEvent::ScratchMade { device, inode });
                    if shared {
                        let _ = folder.set_mode(0o711);
                    }
                    return Ok(Scratch { path, folder, shared });
                }
                Err(error) => last = error,
            }
        }
        Err(Error::System("make a folder for the key file in $TMPDIR, /tmp, /dev/shm or $HOME", last))
    }

    pub fn folder(&self) -> &Path {
        &self.path
    }

    /// Removes all that is in it.
    pub fn clear(&self) -> io::Result<()> {
        files::clear_folder(&self.folder)
    }

    /// Does something to a lesson's path: in the folder that holds it, with its last name.
    fn at<T>(&self, path: &str, work: impl FnOnce(&Folder, &OsStr) -> io::Result<T>) -> io::Result<T> {
        let mut names = inside(path)?;
        let Some(last) = names.pop() else { return Err(io::Error::from_raw_os_error(libc::ENOENT)) };
        let mut inner: Option<Folder> = None;
        for name in names {
            inner = Some(inner.as_ref().unwrap_or(&self.folder).step(name)?);
        }
        work(inner.as_ref().unwrap_or(&self.folder), last)
    }

    /// The same with two paths.
    fn at_both<T>(
        &self,
        one: &str,
        other: &str,
        work: impl FnOnce(&Folder, &OsStr, &Folder, &OsStr) -> io::Result<T>,
    ) -> io::Result<T> {
        self.at(one, |from, name| self.at(other, |to, new| work(from, name, to, new)))
    }

    /// Makes an empty file.
    pub fn create(&self, path: &str) -> io::Result<()> {
        self.at(path, |folder, name| self.new_file(folder, name))
    }

    fn new_file(&self, folder: &Folder, name: &OsStr) -> io::Result<()> {
        let file: File = folder.create(name, 0o600)?;
        if self.shared { file.set_permissions(fs::Permissions::from_mode(0o644)) } else { Ok(()) }
    }

    /// Saves a file as editors do: a new file, renamed over the old one.
    pub fn save(&self, path: &str) -> io::Result<()> {
        self.at(path, |folder, name| {
            let new = Path::new(name).with_extension("new");
            self.new_file(folder, new.as_os_str())?;
            folder.rename(new.as_os_str(), folder, name)
        })
    }

    /// Puts a new file in a file's place. The old one stays under another name until the end, or its inode
    /// number, and with it its key, could come back.
    pub fn replace(&self, path: &str) -> io::Result<()> {
        let taken = format!("taken-{}", self.folder.names(usize::MAX)?.len());
        self.at(path, |folder, name| {
            folder.rename(name, &self.folder, taken.as_ref())?;
            self.new_file(folder, name)
        })
    }

    /// Gives a file a second name.
    pub fn link(&self, path: &str, new: &str) -> io::Result<()> {
        self.at_both(path, new, Folder::link)
    }

    /// Makes a symbolic link. As in the shell, it says what was written, relative to where it stands. EACCES: the
    /// target leads out of the folder.
    pub fn symlink(&self, target: &str, path: &str) -> io::Result<()> {
        inside(target)?;
        self.at(path, |folder, name| folder.symlink(target.as_ref(), name))
    }

    pub fn rename(&self, path: &str, new: &str) -> io::Result<()> {
        self.at_both(path, new, Folder::rename)
    }

    /// Removes a file's name, or a link itself.
    pub fn unlink(&self, path: &str) -> io::Result<()> {
        self.at(path, Folder::unlink)
    }

    /// Changes a mode, never through a link: `twins` makes some that lead to files of the machine's. ELOOP: it is a
    /// link.
    pub fn chmod(&self, path: &str, mode: u32) -> io::Result<()> {
        self.at(path, |folder, name| folder.chmod(name, self.tame(mode)?))
    }

    /// Makes a folder of this mode, whatever the umask.
    pub fn mkdir(&self, path: &str, mode: u32) -> io::Result<()> {
        let mode = self.tame(mode)?;
        self.at(path, |folder, name| folder.make(name, 0o700).and_then(|()| folder.chmod(name, mode)))
    }

    /// A mode that a lesson may give. Where other users may enter the folder, they may write to nothing in it,
    /// because a lesson could have lab change what they put there.
    fn tame(&self, mode: u32) -> io::Result<u32> {
        let open = self.shared && mode & 0o022 != 0;
        if open { Err(io::Error::from_raw_os_error(libc::EACCES)) } else { Ok(mode) }
    }

    /// Finds two different files of this machine with the same low 16 bits of inode on the same device, and
    /// links to them; how many files were looked at.
    pub fn twins(&self, one: &str, other: &str) -> io::Result<usize> {
        let (twin, other_twin, looked) = Self::find_twins().ok_or(io::ErrorKind::NotFound)?;
        self.at(one, |folder, name| folder.symlink(&twin, name))?;
        self.at(other, |folder, name| folder.symlink(&other_twin, name))?;
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
                if looked > MAX_FILES {
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
