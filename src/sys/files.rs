//! Locks, scratch folders and their removal, and files whose names come from outside. A scratch folder is removed
//! only where its name, its owner and its identity are those of the run that made it.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::stat::FileStat;

use super::folder::{Folder, identity, kind};
use super::own_files::may_hold_ours;
use super::process::own_uid;

/// How long to wait for a lock. A run holds one for milliseconds.
const LOCK_WITHIN: Duration = Duration::from_secs(5);
/// How often to try it again.
const LOCK_POLL: Duration = Duration::from_millis(2);
/// How deep the folders in a scratch folder may be nested; a lesson has at most 200 steps.
const MAX_DEPTH: usize = 256;
/// How many things of a scratch folder are removed at a time.
const MAX_ENTRIES: usize = 100_000;

/// Takes the lock of a file, if it is free. An fcntl lock: it goes with this process however it ends, and a forked
/// child does not inherit it (flock's would stay with the child). Closing any descriptor of the file gives it up as
/// well, so a record is opened once.
pub fn lock(file: &File) -> bool {
    try_lock(file).is_ok()
}

fn try_lock(file: &File) -> nix::Result<()> {
    let whole = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file.as_fd(), FcntlArg::F_SETLK(&whole)).map(|_| ())
}

/// The same, but waits some seconds until it is free. On a file system without locks it does not wait. It fails where
/// it does not become free: every user who may read a file may lock it for as long as they like.
pub fn lock_in_turn(file: &File) -> io::Result<()> {
    let deadline = Instant::now() + LOCK_WITHIN;
    while let Err(Errno::EAGAIN | Errno::EACCES) = try_lock(file) {
        if Instant::now() >= deadline {
            let seconds = LOCK_WITHIN.as_secs();
            return Err(io::Error::other(format!("its lock was not free for {seconds} seconds")));
        }
        std::thread::sleep(LOCK_POLL);
    }
    Ok(())
}

/// The name of a run's scratch folder.
pub fn scratch_name(pid: i32, nanoseconds: u128) -> String {
    format!("lab-{pid}-{nanoseconds:x}")
}

/// Whether [`scratch_name`] could have made this name for this process: a folder that a person calls lab-reports
/// is not a scratch folder.
fn is_scratch(name: &OsStr, pid: i32) -> bool {
    let parts =
        name.to_str().and_then(|name| name.strip_prefix("lab-")).and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(number, stamp)| {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        number == pid.to_string() && (12..=32).contains(&stamp.len()) && stamp.bytes().all(hex)
    })
}

/// A folder that may hold a scratch folder. EACCES: others can change the place.
pub fn scratch_place(place: &Path) -> io::Result<Folder> {
    let parent = Folder::at(place)?;
    let stat = parent.stat()?;
    let theirs = stat.st_mode & 0o022 != 0 && stat.st_mode & libc::S_ISVTX == 0;
    if theirs || !may_hold_ours(&stat) {
        return Err(Errno::EACCES.into());
    }
    Ok(parent)
}

/// Makes a new folder for this process alone. The folder around it must be one that no other user can change meanwhile:
/// ours or root's, and sticky where others may write to it. `announce` is called before it is made. EACCES: others can
/// change the place.
pub fn make_scratch(place: &Path, name: &str, announce: impl FnOnce()) -> io::Result<Folder> {
    let parent = scratch_place(place)?;
    announce();
    let name = name.as_ref();
    parent.make(name, 0o700)?;
    let made = parent.inner(name).and_then(|made| {
        let stat = made.stat()?;
        let new = stat.st_uid == own_uid() && stat.st_mode & 0o077 == 0 && made.names(1)?.is_empty();
        if new { Ok(made) } else { Err(Errno::EACCES.into()) }
    });
    if made.is_err() {
        let _ = parent.remove(name);
    }
    made
}

/// The identity of a scratch folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScratchIdentity {
    /// The process that made it.
    pub pid: i32,
    /// Device and inode; none if it died before it could write them down, and then the folder is empty.
    pub identity: Option<(u64, u64)>,
    /// Whether the machine has been restarted since then: a disk's device number may be another after that.
    pub restarted: bool,
}

impl ScratchIdentity {
    fn is(&self, stat: &FileStat) -> bool {
        let (device, inode) = identity(stat);
        kind(stat) == libc::S_IFDIR
            && stat.st_uid == own_uid()
            && self.identity.is_none_or(|made| made.1 == inode && (self.restarted || made.0 == device))
    }
}

/// Removes a scratch folder of the lab: a real folder, ours, of the lab's name, and the one that was made. Nothing
/// else. Its content goes by names relative to it; no link is followed, no other file system entered. Returns whether
/// something was there. A run that died before it knew its folder's identity has put nothing in it, so what a folder of
/// that name holds now is not the run's. A folder that is gone already is not an error.
pub fn remove_scratch(path: &Path, made: &ScratchIdentity) -> io::Result<bool> {
    let foreign = || io::Error::new(io::ErrorKind::PermissionDenied, "this is not a scratch folder of ours");
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(foreign()) };
    if !path.is_absolute() || !is_scratch(name, made.pid) {
        return Err(foreign());
    }
    match Folder::at(parent).and_then(|parent| removed(&parent, name, made)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Ok(None) => Err(foreign()),
        Ok(Some(removed)) => Ok(removed),
        Err(error) => Err(error),
    }
}

/// Whether a clean-up would remove a folder of this path: not if it is gone, or if the run can't have filled it.
pub fn scratch_is_left(path: &Path, made: &ScratchIdentity) -> bool {
    let Some((parent, name)) = path.parent().zip(path.file_name()) else { return true };
    let Ok(parent) = Folder::at(parent) else { return false };
    let empty = || parent.inner(name).and_then(|folder| folder.names(1)).is_ok_and(|names| names.is_empty());
    parent.look(name).is_ok_and(|found| !made.is(&found) || made.identity.is_some() || empty())
}

/// None if it is not ours; whether it was removed.
fn removed(parent: &Folder, name: &OsStr, made: &ScratchIdentity) -> io::Result<Option<bool>> {
    let found = parent.look(name)?;
    if !made.is(&found) {
        return Ok(None);
    }
    if made.identity.is_none() {
        return match parent.remove(name) {
            Err(error) if error.raw_os_error() == Some(libc::ENOTEMPTY) => Ok(Some(false)),
            removed => removed.map(|()| Some(true)),
        };
    }
    let folder = opened(parent, name, &found)?;
    if !made.is(&folder.stat()?) {
        return Ok(None);
    }
    clear(&folder, MAX_DEPTH, &mut { MAX_ENTRIES })?;
    if !made.is(&parent.look(name)?) {
        return Ok(None);
    }
    parent.remove(name).map(|()| Some(true))
}

/// Opens a folder to clear it. A lesson may have made one that not even its owner may search.
fn opened(parent: &Folder, name: &OsStr, found: &FileStat) -> io::Result<Folder> {
    if found.st_mode & 0o700 != 0o700 {
        let held = parent.step(name)?;
        if held.stat()?.st_uid == own_uid() {
            held.set_mode(0o700)?;
        }
    }
    parent.unmounted(name)
}

/// Removes all that is in a scratch folder, and leaves the folder.
pub fn clear_folder(folder: &Folder) -> io::Result<()> {
    clear(folder, MAX_DEPTH, &mut { MAX_ENTRIES })
}

/// Removes what is in a folder. It goes on after an error, and returns the first one.
fn clear(folder: &Folder, depth: usize, left: &mut usize) -> io::Result<()> {
    let mut error = Ok(());
    for name in folder.names(*left + 1)? {
        if *left == 0 {
            return Err(io::Error::other(format!("more than {MAX_ENTRIES} files were in it")));
        }
        *left -= 1;
        match cleared(folder, &name, depth, left) {
            Err(now) if now.kind() != io::ErrorKind::NotFound => error = error.and(Err(now)),
            _ => {}
        }
    }
    error
}

fn cleared(folder: &Folder, name: &OsStr, depth: usize, left: &mut usize) -> io::Result<()> {
    let found = folder.look(name)?;
    if kind(&found) != libc::S_IFDIR {
        return folder.unlink(name);
    }
    if depth == 0 {
        return Err(io::Error::other(format!("its folders are nested deeper than {MAX_DEPTH}")));
    }
    clear(&opened(folder, name, &found)?, depth - 1, left)?;
    folder.remove(name)
}

/// Opens a file whose name comes from outside: only a regular one, and without waiting for the other end of a pipe. For
/// anything else the error says so.
pub fn regular(path: &Path) -> io::Result<File> {
    let other = || io::Error::other("it is not a regular file");
    // Checked before it is opened, because opening a device may do something, and checked again afterwards, because
    // the name may lead to another file by then.
    if !path.metadata()?.is_file() {
        return Err(other());
    }
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(other()) }
}
