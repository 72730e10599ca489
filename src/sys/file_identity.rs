//! A file's device and inode, as ftok sees them: of a path here, of a path as another process finds it, and in a record that
//! a process has been given.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A file's device and inode, as ftok sees them.
pub fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::metadata(path).map(|meta| (meta.dev(), meta.ino()))
}

/// The same for a path as another process would find it: from its root or from its folder.
pub fn identity_for(pid: i32, path: &[u8]) -> Result<(u64, u64), i32> {
    let from = if path.starts_with(b"/") { "root" } else { "cwd/" };
    let mut whole = format!("/proc/{pid}/{from}").into_bytes();
    whole.extend(path);
    identity(Path::new(std::ffi::OsStr::from_bytes(&whole))).map_err(|error| super::errno_of(&error))
}

/// Device and inode in a struct stat, or in a struct statx, of which `read` reads bytes from an offset on.
pub fn identity_in(statx: bool, read: impl Fn(u64, &mut [u8]) -> usize) -> Option<(u64, u64)> {
    let word = |at: usize| {
        let mut bytes = [0; 8];
        (read(at as u64, &mut bytes) == 8).then(|| u64::from_ne_bytes(bytes))
    };
    if !statx {
        let device = std::mem::offset_of!(libc::stat, st_dev);
        return Some((word(device)?, word(std::mem::offset_of!(libc::stat, st_ino))?));
    }
    // Major and minor device number, 32 bits each, in this order.
    let device = word(std::mem::offset_of!(libc::statx, stx_dev_major))?;
    let halves = device.to_ne_bytes();
    let half = |at: usize| u32::from_ne_bytes(std::array::from_fn(|byte| halves[at + byte]));
    Some((libc::makedev(half(0), half(4)), word(std::mem::offset_of!(libc::statx, stx_ino))?))
}
