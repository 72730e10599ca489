//! Folders held open. What is in one is named relative to its descriptor, by one name at a time, and no link is
//! followed. So a user who can rename or plant something on the way can't decide what lab reads, writes or removes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{
    AT_FDCWD, AtFlags, OFlag, OpenHow, RenameFlags, ResolveFlag, open, openat, openat2, renameat, renameat2,
};
use nix::sys::stat::{FchmodatFlags, FileStat, Mode, fchmodat, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, Whence, linkat, lseek, symlinkat, unlinkat};

use super::checked;

/// fchmodat2(2)'s number, the same on every kind of machine that Linux 6.6 and later know it on.
const FCHMODAT2: libc::c_long = 452;

/// How many bytes of a folder's entries are read at a time.
const ENTRIES_BYTES: usize = 16 * 1024;

/// A folder held open.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
}

/// What kind of thing it is: `S_IFREG`, `S_IFDIR`, ...
pub fn kind(stat: &FileStat) -> libc::mode_t {
    stat.st_mode & libc::S_IFMT
}

/// Device and inode: a file's identity, whatever its name is.
pub fn identity(stat: &FileStat) -> (u64, u64) {
    (stat.st_dev, stat.st_ino)
}

impl Folder {
    /// Opens a folder by its path, to work in it and not to list it. Links on the way are followed: the way is
    /// the user's own business.
    pub fn at(path: &Path) -> io::Result<Folder> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        Ok(Folder { fd: open(path, flags, Mode::empty())? })
    }

    /// Opens a folder of this one, never what a link leads to. ENOTDIR or ELOOP: it is a link.
    pub fn inner(&self, name: &OsStr) -> io::Result<Folder> {
        let flags = listing() | OFlag::O_NOFOLLOW;
        Ok(Folder { fd: openat(&self.fd, name, flags, Mode::empty())? })
    }

    /// The same, and no other file system that is mounted there. Where a sandbox does not know openat2(2), devices are
    /// compared, which tells all mounts apart but those of one file system. EXDEV: it is a mount.
    pub fn unmounted(&self, name: &OsStr) -> io::Result<Folder> {
        let resolve = ResolveFlag::RESOLVE_NO_XDEV | ResolveFlag::RESOLVE_NO_SYMLINKS;
        let how = OpenHow::new().flags(listing() | OFlag::O_NOFOLLOW).resolve(resolve);
        let inner = match openat2(&self.fd, name, how) {
            Ok(fd) => Folder { fd },
            Err(Errno::ENOSYS | Errno::EPERM) => self.inner(name)?,
            Err(error) => return Err(error.into()),
        };
        let same = inner.stat()?.st_dev == self.stat()?.st_dev;
        if same { Ok(inner) } else { Err(Errno::EXDEV.into()) }
    }

    /// Goes one step of a path. ELOOP: it is a link; ENOTDIR: it is any other file.
    pub fn step(&self, name: &OsStr) -> io::Result<Folder> {
        let fd = self.handle(name)?;
        match kind(&fstat(&fd)?) {
            libc::S_IFDIR => Ok(Folder { fd }),
            libc::S_IFLNK => Err(Errno::ELOOP.into()),
            _ => Err(Errno::ENOTDIR.into()),
        }
    }

    /// Holds on to whatever has this name, a link included, without opening it.
    fn handle(&self, name: &OsStr) -> io::Result<OwnedFd> {
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(openat(&self.fd, name, flags, Mode::empty())?)
    }

    /// What the kernel knows of the folder itself.
    pub fn stat(&self) -> io::Result<FileStat> {
        Ok(fstat(&self.fd)?)
    }

    /// What the kernel knows of a name in it, a link included.
    pub fn look(&self, name: &OsStr) -> io::Result<FileStat> {
        Ok(fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW)?)
    }

    /// The names in it, in no order; where there are more than `most`, at least about that many. Read by
    /// getdents64(2) itself, which needs no descriptor but the folder's own: a run that has few of them left must be
    /// able to clean up.
    pub fn names(&self, most: usize) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        let mut entries = vec![0; ENTRIES_BYTES];
        lseek(&self.fd, 0, Whence::SeekSet)?;
        while names.len() < most {
            let fd = self.fd.as_raw_fd();
            // SAFETY: the kernel writes no more bytes than the call says that the buffer has, and the bytes of every entry
            // are read below as bytes.
            let read =
                unsafe { libc::syscall(libc::SYS_getdents64, fd, entries.as_mut_ptr(), entries.len()) };
            match checked(read)? {
                0 => break,
                read => names.extend(entry_names(&entries[..read as usize])),
            }
        }
        Ok(names)
    }

    pub fn make(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        Ok(mkdirat(&self.fd, name, Mode::from_bits_truncate(mode))?)
    }

    /// Makes a new file of this mode, less what the umask takes away. EEXIST: something has this name, be it a link
    /// that leads nowhere.
    pub fn create(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlag::O_RDWR | OFlag::O_APPEND | OFlag::O_CREAT | OFlag::O_EXCL;
        let flags = flags | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        Ok(openat(&self.fd, name, flags, Mode::from_bits_truncate(mode))?.into())
    }

    /// Opens a file to read it, and to write at its end if `written`. Nothing is followed or waited for, and a
    /// terminal does not become ours.
    pub fn file(&self, name: &OsStr, written: bool) -> io::Result<File> {
        let way = if written { OFlag::O_RDWR | OFlag::O_APPEND } else { OFlag::O_RDONLY };
        let flags = way | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC;
        Ok(openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// Renames within one file system.
    pub fn rename(&self, name: &OsStr, to: &Folder, new: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.fd, name, &to.fd, new)?)
    }

    /// Renames within this folder, unless something has the new name: EEXIST. A file system that can't do that in one
    /// step gives the file its second name first, and then takes the old one away.
    pub fn rename_to_new(&self, name: &OsStr, new: &OsStr) -> io::Result<()> {
        match renameat2(&self.fd, name, &self.fd, new, RenameFlags::RENAME_NOREPLACE) {
            Err(Errno::EINVAL | Errno::ENOSYS) => {
                self.link(name, self, new)?;
                self.unlink(name)
            }
            renamed => Ok(renamed?),
        }
    }

    /// Gives a file a second name; a link is not followed.
    pub fn link(&self, name: &OsStr, to: &Folder, new: &OsStr) -> io::Result<()> {
        Ok(linkat(&self.fd, name, &to.fd, new, AtFlags::empty())?)
    }

    /// Makes a symbolic link that says `target`.
    pub fn symlink(&self, target: &Path, name: &OsStr) -> io::Result<()> {
        Ok(symlinkat(target, &self.fd, name)?)
    }

    /// Removes a file, or a link itself.
    pub fn unlink(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir)?)
    }

    /// Removes a folder that is empty.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.fd, name, UnlinkatFlags::RemoveDir)?)
    }

    /// Changes the folder's own mode.
    pub fn set_mode(&self, mode: u32) -> io::Result<()> {
        set_mode(self.fd.as_fd(), mode)
    }

    /// Changes a mode, never through a link. ELOOP: it is a link.
    pub fn chmod(&self, name: &OsStr, mode: u32) -> io::Result<()> {
        let fd = self.handle(name)?;
        if kind(&fstat(&fd)?) == libc::S_IFLNK {
            return Err(Errno::ELOOP.into());
        }
        set_mode(fd.as_fd(), mode)
    }
}

/// The names in what getdents64 has written, which are entries of this form: an inode and an offset of 8 bytes each,
/// the entry's own length in 2, a type in 1, and a name that ends with a NUL.
fn entry_names(mut entries: &[u8]) -> Vec<OsString> {
    let mut names = Vec::new();
    while !entries.is_empty() {
        let Some(&[low, high]) = entries.get(16..18) else { break };
        let length = usize::from(u16::from_ne_bytes([low, high]));
        let Some((entry, rest)) = entries.split_at_checked(length).filter(|_| length > 19) else { break };
        let name = entry[19..].split(|byte| *byte == 0).next().unwrap_or_default();
        if name != b"." && name != b".." {
            names.push(OsString::from_vec(name.to_vec()));
        }
        entries = rest;
    }
    names
}

/// How a folder is opened whose names are wanted.
fn listing() -> OFlag {
    OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC
}

/// Changes the mode of what a descriptor holds, opened or not: by fchmodat2, which takes the descriptor alone, and
/// on an older kernel through /proc, whose link leads to what is held and nowhere else.
fn set_mode(fd: BorrowedFd<'_>, mode: u32) -> io::Result<()> {
    // SAFETY: the descriptor is open while it is borrowed, the path is an empty string with a NUL, and the kernel
    // writes to neither.
    let done = unsafe { libc::syscall(FCHMODAT2, fd.as_raw_fd(), c"".as_ptr(), mode, libc::AT_EMPTY_PATH) };
    match checked(done) {
        Err(error) if matches!(error.raw_os_error(), Some(libc::ENOSYS | libc::EPERM)) => {}
        done => return done.map(|_| ()),
    }
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let mode = Mode::from_bits_truncate(mode);
    Ok(fchmodat(AT_FDCWD, path.as_str(), mode, FchmodatFlags::FollowSymlink)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_to_their_end_and_not_beyond() {
        let entry = |name: &[u8]| {
            let length = 19 + name.len() + 1;
            let length = u16::try_from(length.next_multiple_of(8)).expect("short");
            let mut entry = vec![7; 16];
            entry.extend(length.to_ne_bytes());
            entry.push(4);
            entry.extend(name);
            entry.resize(usize::from(length), 0);
            entry
        };
        let all = [entry(b"."), entry(b"a"), entry(b".."), entry(b"a longer name"), entry(b"...")].concat();
        assert_eq!(entry_names(&all), ["a", "a longer name", "..."]);
        for cut in 0..all.len() {
            assert!(entry_names(&all[..cut]).len() < 3, "cut at {cut}");
        }
        assert_eq!(entry_names(&[0; 64]), Vec::<OsString>::new(), "an entry without a length");
    }
}
