//! A file that has no name and lives in memory: what a program prints goes there, and only a process that holds a
//! descriptor can read it. It is gone with its last descriptor.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::os::fd::{AsRawFd, RawFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::memfd::{MFdFlags, memfd_create};

use super::{checked, process};

/// Makes one; every write goes to its end, and an exec closes it.
pub fn make() -> io::Result<File> {
    let file = unnamed()?;
    fcntl(&file, FcntlArg::F_SETFL(OFlag::O_APPEND | OFlag::O_RDWR))?;
    Ok(file)
}

/// Makes one whose writes go on from one another; an exec closes it.
pub(super) fn unnamed() -> io::Result<File> {
    Ok(memfd_create(c"lab", MFdFlags::MFD_CLOEXEC)?.into())
}

/// Its content, at most this many bytes.
pub fn content(file: &mut File, most: u64) -> io::Result<Vec<u8>> {
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Takes over a descriptor that an exec handed down; closed by the next one. EBADF: none was handed down.
pub fn inherited(fd: RawFd) -> io::Result<File> {
    process::inherited(fd).map(File::from)
}

/// Makes a file this process's standard stream of that number.
pub fn becomes_stream(file: &File, stream: RawFd) -> io::Result<()> {
    // SAFETY: dup2 replaces a standard stream, which no owned descriptor of ours refers to.
    checked(unsafe { libc::dup2(file.as_raw_fd(), stream) }).map(|_| ())
}
