//! Files the lab keeps: private folders, locked records, and their removal. It removes only what it is told
//! is the lab's, and only where the file system agrees that it is ours.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
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

/// Takes the lock of a file, if nobody has it. An fcntl lock: it goes with this process however it ends, and a
/// forked child does not inherit it (flock's would stay with the child). Closing any descriptor of the file
/// gives it up as well, so a record is opened once.
pub fn lock(file: &File) -> bool {
    let whole = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    fcntl(file.as_fd(), FcntlArg::F_SETLK(&whole)).is_ok()
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
    let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("lab-"));
    if !found.is_dir() || found.uid() != own_uid() || !named {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "this is not a scratch folder of ours"));
    }
    fs::remove_dir_all(path)
}
