//! Files the lab keeps: private folders, locked records, and their removal. It removes only what it is told
//! is the lab's, and only where the file system agrees that it is ours.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::{FcntlArg, fcntl};

use super::process::own_uid;

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// mkdir(2)'s.
pub fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Makes a folder and those above it, private where they are new.
///
/// # Errors
/// mkdir(2)'s.
pub fn private_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).recursive(true).create(path)
}

/// Makes a new file that only its owner may read.
///
/// # Errors
/// open(2)'s: EEXIST if there is one.
pub fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path)
}

/// Opens a file of ours again, to read it and to take its lock: a regular file, not what a link leads to, and
/// never waited for.
///
/// # Errors
/// open(2)'s, and that it is something else.
pub fn kept(path: &Path) -> io::Result<File> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_NOFOLLOW;
    let file = OpenOptions::new().read(true).append(true).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}

/// Takes the lock of a file, if nobody has it. An fcntl lock: it goes with this process however it ends, and a
/// forked child does not inherit it (flock's would stay with the child). Closing any descriptor of the file
/// gives it up as well, so a record is opened once.
pub fn lock(file: &File) -> bool {
    fcntl(file.as_fd(), FcntlArg::F_SETLK(&whole())).is_ok()
}

/// The lock of a whole file, for writing.
fn whole() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

/// The same, but waits until whoever has it gives it up; false when a signal or the file system forbids it.
pub fn lock_in_turn(file: &File) -> bool {
    fcntl(file.as_fd(), FcntlArg::F_SETLKW(&whole())).is_ok()
}

/// The name of a run's scratch folder.
pub fn scratch_name(pid: i32, nanoseconds: u128) -> String {
    format!("lab-{pid}-{nanoseconds:x}")
}

/// Whether [`scratch_name`] could have made this name: a folder that a person calls lab-reports is no scratch.
fn is_scratch(name: &str) -> bool {
    let parts = name.strip_prefix("lab-").and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(pid, stamp)| {
        pid.parse::<u32>().is_ok() && stamp.len() >= 12 && stamp.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Removes a scratch folder of the lab: a real folder, ours, with the lab's name. Nothing else.
///
/// # Errors
/// The file system's own; a folder that is gone already is no error.
pub fn remove_scratch(path: &Path) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let named = path.file_name().and_then(|name| name.to_str()).is_some_and(is_scratch);
    if !found.is_dir() || found.uid() != own_uid() || !named {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "this is not a scratch folder of ours"));
    }
    // A lesson may have made a folder that not even its owner may search.
    fs::remove_dir_all(path).or_else(|_| {
        open_up(path)?;
        fs::remove_dir_all(path)
    })
}

/// Gives the owner of a folder, and of the folders in it, full access to them. Follows no link.
fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)?.flatten() {
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

/// Opens a file that somebody named: a regular one, without waiting for a pipe's other side.
///
/// # Errors
/// open(2)'s; for anything but a file, what it is not.
pub fn regular(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no regular file")) }
}
