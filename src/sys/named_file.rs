//! Opens a file that a traced program names: a source in its debug information, a library in its mappings. The path
//! is walked here, folder by folder, from the program's own root, and at each folder it is asked whether all who must
//! be able to read the file may pass; nothing is opened before it is known to be a regular file that they may read. A
//! link at the end, a file system of the kernel's own, a fifo, a device or a file of another user is refused, without
//! a message and without waiting.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix::fcntl::{OFlag, open, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, fstat};
use nix::sys::statfs::fstatfs;

use super::proc;

/// The longest path that is walked, in bytes, and how many links may be on the way: the kernel's own limits.
const MAX_PATH: usize = libc::PATH_MAX as usize;
const MAX_LINKS: usize = 40;
/// How deep a file may lie: each folder on the way is held open.
const MAX_DEPTH: usize = 256;

/// File systems whose files are the kernel's answers: to read one may wait, change something, or tell of us.
const KERNEL_FILE_SYSTEMS: [libc::c_long; 14] = [
    0x9fa0,      // proc
    0x6265_6572, // sysfs
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0x6267_7270, // cgroup
    0x6367_7270, // cgroup2
    0x27_e0eb,   // cgroup, older
    0xcafe_4a11, // bpf
    0x6265_7065, // configfs
    0xde5e_81e4, // efivarfs
    0x6165_676c, // pstore
    0xf97c_ff8c, // selinuxfs
    0x1cd1,      // devpts
];

/// What the kernel checks of a process that wants to read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rights {
    uid: u32,
    /// None where they can't be known: then what the group may and what others may both count.
    groups: Option<Vec<u32>>,
    /// Root's, to pass by modes (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH), over the same users as ours.
    all: bool,
}

impl Rights {
    /// A process's, for files: its file system user and groups, and its capabilities as far as they are over us.
    pub fn of(pid: i32) -> Option<Rights> {
        const READS: u64 = 1 << 1 | 1 << 2;
        let status = proc::proc_text(pid, "status").ok()?;
        let field = |name: &str| proc::field(&status, name);
        let fourth = |name: &str| field(name)?.split_whitespace().nth(3)?.parse::<u32>().ok();
        let groups = field("Groups:")?.split_whitespace().filter_map(|group| group.parse().ok());
        let groups = groups.chain([fourth("Gid:")?]).collect();
        let capabilities = u64::from_str_radix(field("CapEff:")?, 16).ok()?;
        // In a user namespace of its own a process has capabilities that mean nothing here.
        let here = || proc::link("self", "ns/user");
        let all =
            capabilities & READS != 0 && proc::link(pid, "ns/user").is_some_and(|its| here() == Some(its));
        Some(Rights { uid: fourth("Uid:")?, groups: Some(groups), all })
    }

    /// What the owner of a file may be trusted to be able to read: as `reader`, where they are one user.
    pub fn of_owner(object: &About, reader: &Rights) -> Rights {
        let object = &object.0;
        let uid = object.st_uid;
        // Everybody may change this file, so it does not speak for its owner. (uid_t) -1 is not a user (chown(2)).
        let uid = if object.st_mode & 0o002 != 0 { u32::MAX } else { uid };
        if uid == reader.uid { reader.clone() } else { Rights { uid, groups: None, all: uid == 0 } }
    }

    /// Whether the mode lets them: 4 to read, 1 to pass through a folder. `listed`: whether it has a list of
    /// further users and groups (acl(5)), of which the mode shows only what they may have at most.
    fn may(&self, wanted: u32, found: &FileStat, listed: impl FnOnce() -> bool) -> bool {
        let may = |shift: u32| found.st_mode >> shift & wanted == wanted;
        let by_mode = match &self.groups {
            _ if self.all => return true,
            _ if self.uid == found.st_uid => return may(6),
            Some(groups) if groups.contains(&found.st_gid) => may(3),
            Some(_) => may(0),
            None => may(3) && may(0),
        };
        by_mode && !listed()
    }
}

/// Opens `path` as a process finds it, if each of the `readers` may read it: as [`File`] for reading, which is
/// regular and never waits.
pub fn open_given(pid: i32, path: &Path, readers: &[&Rights]) -> Option<File> {
    let here = OFlag::O_PATH | OFlag::O_CLOEXEC;
    let root = format!("/proc/{pid}/root");
    let root = open(root.as_str(), here | OFlag::O_DIRECTORY, Mode::empty()).ok()?;
    let found = walk(root, path.as_os_str(), readers)?;
    // By the descriptor, so that nothing can have taken its place.
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let again = format!("/proc/self/fd/{}", found.as_raw_fd());
    let file = File::options().read(true).custom_flags(flags).open(again).ok()?;
    file.metadata().ok()?.is_file().then_some(file)
}

/// Looks a path up; the regular file at its end, opened for nothing yet.
fn walk(root: OwnedFd, path: &OsStr, readers: &[&Rights]) -> Option<OwnedFd> {
    let mut device = None;
    let mut passed = |fd: &OwnedFd| {
        let found = fstat(fd).ok()?;
        if device.replace(found.st_dev) != Some(found.st_dev)
            && KERNEL_FILE_SYSTEMS.contains(&(fstatfs(fd).ok()?.filesystem_type().0 as libc::c_long))
        {
            return None;
        }
        Some(found)
    };
    let allows = |fd: &OwnedFd, found: &FileStat, wanted: u32| {
        readers.iter().all(|reader| reader.may(wanted, found, || has_list(fd)))
    };
    let start = passed(&root)?;
    if !allows(&root, &start, 1) {
        return None;
    }
    // The folders from the root down, and the words still to go, the last one first.
    let mut folders = vec![root];
    let mut words = Vec::new();
    let mut links = 0;
    ahead(&mut words, path)?;
    while let Some(word) = words.pop() {
        match word.as_bytes() {
            b"" | b"." => continue,
            b".." => {
                folders.truncate((folders.len() - 1).max(1));
                continue;
            }
            _ => {}
        }
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let next = openat(folders.last()?, word.as_os_str(), flags, Mode::empty()).ok()?;
        let found = passed(&next)?;
        let last = words.iter().all(|word| matches!(word.as_bytes(), b"" | b"."));
        match found.st_mode & libc::S_IFMT {
            libc::S_IFREG if words.is_empty() => return allows(&next, &found, 4).then_some(next),
            libc::S_IFDIR if folders.len() < MAX_DEPTH && allows(&next, &found, 1) => folders.push(next),
            libc::S_IFLNK if !last && links < MAX_LINKS => {
                links += 1;
                let target = readlinkat(&next, c"").ok()?;
                if target.as_bytes().starts_with(b"/") {
                    folders.truncate(1);
                }
                ahead(&mut words, &target)?;
            }
            _ => return None,
        }
    }
    None
}

/// Puts a path's words before those still to go; none where it becomes too long.
fn ahead(words: &mut Vec<OsString>, path: &OsStr) -> Option<()> {
    let left: usize = words.iter().map(|word| word.len() + 1).sum();
    (left + path.len() <= MAX_PATH).then(|| {
        let parts = path.as_bytes().split(|byte| *byte == b'/').rev();
        words.extend(parts.map(|part| OsString::from_vec(part.to_vec())));
    })
}

/// Whether a file has an access control list besides its mode; where the kernel does not say, it counts as having
/// one.
fn has_list(fd: &OwnedFd) -> bool {
    let Ok(path) = CString::new(format!("/proc/self/fd/{}", fd.as_raw_fd())) else { return true };
    // SAFETY: both strings end in NUL, and with a size of 0 the kernel writes nothing.
    let size = unsafe {
        libc::getxattr(path.as_ptr(), c"system.posix_acl_access".as_ptr(), std::ptr::null_mut(), 0)
    };
    let none = [Some(libc::ENODATA), Some(libc::EOPNOTSUPP)];
    size != -1 || !none.contains(&io::Error::last_os_error().raw_os_error())
}

/// What the kernel says about an open file.
#[derive(Debug, Clone, Copy)]
pub struct About(FileStat);

impl About {
    /// When its content was changed last: seconds and nanoseconds since 1970.
    pub fn changed(&self) -> (i64, i64) {
        (self.0.st_mtime, self.0.st_mtime_nsec)
    }
}

pub fn about(file: &File) -> Option<About> {
    fstat(file).ok().map(About)
}

/// The whole of a file of at most `most` bytes that has no holes: the file may have become shorter since it was
/// opened, and no more is read than its size was then.
pub fn read_whole(file: &File, most: u64) -> Option<Vec<u8>> {
    let size = file.metadata().ok()?.len();
    if size == 0 || size > most {
        return None;
    }
    // SAFETY: lseek takes numbers and touches no memory.
    let hole = unsafe { libc::lseek(file.as_raw_fd(), 0, libc::SEEK_HOLE) };
    // A file system that does not know holes fails, or answers with the end of the file.
    if hole != -1 && u64::try_from(hole) != Ok(size) {
        return None;
    }
    let mut bytes = Vec::new();
    let mut from = file;
    std::io::Seek::rewind(&mut from).ok()?;
    from.take(size).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of user 1 and group 2.
    fn file(mode: u32) -> FileStat {
        // SAFETY: stat is plain integers, for which all bytes zero is a value.
        let mut found: FileStat = unsafe { std::mem::zeroed() };
        (found.st_uid, found.st_gid, found.st_mode) = (1, 2, libc::S_IFREG | mode);
        found
    }

    #[test]
    fn only_the_first_class_that_fits_counts_and_a_list_takes_away_what_is_not_the_owners() {
        let who =
            |uid, groups: Option<&[u32]>| Rights { uid, groups: groups.map(<[u32]>::to_vec), all: false };
        let (owner, member, other) = (who(1, Some(&[2])), who(5, Some(&[3, 2])), who(5, Some(&[3])));
        let unknown = who(5, None);
        let root = Rights { all: true, ..who(0, Some(&[0])) };
        for (mode, expected) in [
            (0o400, [true, false, false, false, true]),
            (0o040, [false, true, false, false, true]),
            (0o004, [false, false, true, false, true]),
            (0o044, [false, true, true, true, true]),
            (0o333, [false, false, false, false, true]),
        ] {
            let people = [&owner, &member, &other, &unknown, &root];
            assert_eq!(people.map(|who| who.may(4, &file(mode), || false)), expected, "{mode:o}");
            let listed = people.map(|who| who.may(4, &file(mode), || true));
            assert_eq!(listed, [expected[0], false, false, false, true], "{mode:o}");
        }
        assert!(other.may(1, &file(0o001), || false) && !other.may(1, &file(0o776), || false));
    }

    #[test]
    fn the_owner_of_what_everybody_may_change_is_nobody_in_particular() {
        let reader = Rights { uid: 1, groups: Some(vec![7]), all: false };
        assert_eq!(Rights::of_owner(&About(file(0o755)), &reader), reader);
        let anybody = Rights::of_owner(&About(file(0o757)), &reader);
        assert!(!anybody.may(4, &file(0o740), || false) && anybody.may(4, &file(0o044), || false));
        let other = Rights::of_owner(&About(file(0o755)), &Rights { uid: 9, ..reader });
        assert!(other.may(4, &file(0o400), || false) && !other.all);
    }

    #[test]
    fn a_process_s_rights_are_the_kernel_s() {
        let own = Rights::of(crate::sys::process::own_pid()).expect("/proc");
        assert_eq!(own.uid, nix::unistd::geteuid().as_raw());
        assert!(own.groups.is_some_and(|groups| groups.contains(&nix::unistd::getegid().as_raw())));
    }
}
