//! The walls around a program that a student or a stranger has written, while lab builds or judges it. Around the play:
//! an IPC, a PID, a network and a mount namespace of its own, in which every file system is read-only but for one
//! folder, and the home folder is empty. Around each program: limits, no new privileges, Landlock, and for root an
//! ordinary user. A wall that this machine does not have is left out and told; without an IPC namespace nothing is
//! played.

use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, Scope,
};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use super::namespace::{self, Way};
use super::{checked, process, random, signals};

/// The users that root becomes for a program: numbers that no person's account has (systemd's "Users, Groups, UIDs and
/// GIDs on systemd Systems" keeps them for programs).
const USERS: std::ops::RangeInclusive<u32> = 61184..=65519;
/// Where none of them can be had.
const NOBODY: u32 = 65534;
/// The newest Landlock that these walls were tried with.
const NEWEST: ABI = ABI::V6;
/// What programs write to anywhere.
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/shm"];

/// Which walls stand around a play.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walls {
    pub pids: bool,
    pub network: bool,
    pub mounts: bool,
    /// Who a program runs as.
    pub user: u32,
}

impl Walls {
    /// Those that are missing, by what is not confined.
    pub fn missing(self) -> Vec<&'static str> {
        let files = self.mounts || super::landlock_scope::available();
        let walls = [("processes", self.pids), ("network", self.network), ("files", files)];
        walls.into_iter().filter(|(_, there)| !there).map(|(what, _)| what).collect()
    }
}

/// What a program may use.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limits {
    /// Processes of its user, besides those that run now.
    pub processes: u64,
    /// Of each process, in bytes.
    pub memory: u64,
    /// The largest file, in bytes.
    pub file: u64,
    pub files: u64,
    /// Seconds of each process.
    pub computing: u64,
}

/// The one place where a program may write.
#[derive(Debug, Clone, Copy)]
pub enum Room<'a> {
    /// This folder, in memory, of at most this many bytes; what is in it goes with the play.
    InMemory(&'a Path, u64),
    /// This folder as it is.
    Folder(&'a Path),
}

/// Moves this process, which may do that, into an IPC namespace of its own with lower limits where the machine lets us
/// set them, and as far as the machine has them into the others; its next child is the first process of the PID
/// namespace. `hidden`: folders that are empty in there.
pub fn enter(way: Way, limits: &[(&str, u64)], room: Room<'_>, hidden: &[PathBuf]) -> io::Result<Walls> {
    namespace::enter_with(way, limits).map_err(|(_, error)| error)?;
    let mounts = unshare(CloneFlags::CLONE_NEWNS).is_ok() && close_mounts(room, hidden).is_ok();
    Ok(Walls {
        mounts,
        user: user(),
        network: unshare(CloneFlags::CLONE_NEWNET).is_ok(),
        pids: unshare(CloneFlags::CLONE_NEWPID).is_ok(),
    })
}

/// Starts a process that stays, the first one of the PID namespace, so that more than one can be started in it, one after
/// the other, and none outlives it. It ends with this process.
pub fn keep_pids(walls: Walls) -> io::Result<()> {
    if !walls.pids {
        return Ok(());
    }
    process::spawn_first(|| {
        process::set_name("lab-first");
        signals::reset_in_child();
        // A process that loses its parent becomes a child of this one, which waits for none.
        signals::forget_children();
        loop {
            nix::unistd::pause();
        }
    })
    .map(|_| ())
}

const NOTHING: Option<&str> = None;

fn close_mounts(room: Room<'_>, hidden: &[PathBuf]) -> io::Result<()> {
    let (Room::InMemory(folder, _) | Room::Folder(folder)) = room;
    mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NOTHING)?;
    let safe = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    for hidden in hidden.iter().filter(|hidden| !folder.starts_with(hidden)) {
        mount(Some("lab"), hidden, Some("tmpfs"), safe | MsFlags::MS_RDONLY, Some("size=4k"))?;
    }
    if let Room::Folder(folder) = room {
        mount(Some(folder), folder, NOTHING, MsFlags::MS_BIND, NOTHING)?;
    }
    set_read_only(Path::new("/"), true, true)?;
    match room {
        Room::Folder(folder) => set_read_only(folder, false, false)?,
        Room::InMemory(folder, bytes) => {
            let options = format!("size={bytes},nr_inodes=4096,mode=0711");
            mount(Some("lab"), folder, Some("tmpfs"), safe, Some(options.as_str()))?;
        }
    }
    // POSIX shared memory: a machine without the folder has none.
    let _ = mount(Some("lab"), "/dev/shm", Some("tmpfs"), safe, Some("size=16m,nr_inodes=256,mode=1777"));
    Ok(())
}

/// mount_setattr(2), for one mount or, with `below`, for those under it too.
fn set_read_only(path: &Path, read_only: bool, below: bool) -> io::Result<()> {
    #[repr(C)]
    struct Attributes {
        set: u64,
        clear: u64,
        propagation: u64,
        user_namespace: u64,
    }
    const MOUNT_SETATTR: libc::c_long = 442;
    const READ_ONLY: u64 = 1;
    const AT_RECURSIVE: libc::c_int = 0x8000;
    let (set, clear) = if read_only { (READ_ONLY, 0) } else { (0, READ_ONLY) };
    let attributes = Attributes { set, clear, propagation: 0, user_namespace: 0 };
    let path = CString::new(path.as_os_str().as_bytes())?;
    let flags = if below { AT_RECURSIVE } else { 0 };
    // SAFETY: the kernel reads a string with a NUL and a record of the size that the call says.
    let done = unsafe {
        let size = size_of::<Attributes>();
        libc::syscall(MOUNT_SETATTR, libc::AT_FDCWD, path.as_ptr(), flags, &raw const attributes, size)
    };
    checked(done).map(|_| ())
}

/// Puts up the walls around this process, which will exec a program that works in `folder`. It fails on a limit or a
/// user that was refused, and on a Landlock that is there and was refused.
pub fn confine(limits: &Limits, folder: &Path, walls: Walls) -> io::Result<()> {
    process::leave_session();
    process::set_umask(0o022);
    let running = processes_of(walls.user);
    for (resource, value) in [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NPROC, running + limits.processes),
        (Resource::RLIMIT_AS, limits.memory),
        (Resource::RLIMIT_FSIZE, limits.file),
        (Resource::RLIMIT_NOFILE, limits.files),
        (Resource::RLIMIT_CPU, limits.computing),
    ] {
        let (_, hard) = getrlimit(resource)?;
        setrlimit(resource, value.min(hard), value.min(hard))?;
    }
    if walls.user != process::own_uid() {
        process::become_user(walls.user)?;
    }
    std::env::set_current_dir(folder)?;
    nix::sys::prctl::set_no_new_privs()?;
    if super::landlock_scope::available() {
        close_files(folder, walls).map_err(|error| io::Error::other(error.to_string()))?;
    }
    process::close_all_at_exec();
    Ok(())
}

/// Writes below this folder and nowhere else, no network, and signals only inside where no namespace sees to that.
fn close_files(folder: &Path, walls: Walls) -> Result<(), RulesetError> {
    let writes: BitFlags<AccessFs> = AccessFs::from_write(NEWEST);
    let to_file: BitFlags<AccessFs> = AccessFs::WriteFile | AccessFs::Truncate;
    let beneath = |path: &Path, may| PathFd::new(path).ok().map(|fd| PathBeneath::new(fd, may));
    let devices = DEVICES.iter().map(Path::new).filter_map(|path| match path.is_dir() {
        true => walls.mounts.then(|| beneath(path, writes)).flatten(),
        false => beneath(path, to_file),
    });
    let rules = beneath(folder, writes).into_iter().chain(devices).map(Ok::<_, RulesetError>);
    let mut ruleset = Ruleset::default().handle_access(writes)?.handle_access(AccessNet::from_all(NEWEST))?;
    if !walls.pids {
        ruleset = ruleset.scope(Scope::Signal)?;
    }
    ruleset.scope(Scope::AbstractUnixSocket)?.create()?.add_rules(rules)?.restrict_self()?;
    Ok(())
}

/// The user that programs run as: our own, or for root one whom no process has now, the same as long as this process
/// runs; our own too where the namespace has no other user.
/// The kernel counts a user's processes in all namespaces together, so with one number for all plays a fork bomb in one
/// play would let no program of another start.
fn user() -> u32 {
    static USER: OnceLock<u32> = OnceLock::new();
    *USER.get_or_init(|| {
        if process::own_uid() != 0 {
            return process::own_uid();
        }
        let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
        let count = USERS.end() - USERS.start() + 1;
        let first = random::below(count.into()) as u32;
        let mut others = (0..count).map(|next| USERS.start() + (first + next) % count);
        let free = others.find(|uid| is_mapped(&map, *uid) && processes_of(*uid) == 0);
        // Root of a user namespace that has no other user is an ordinary user outside.
        free.or_else(|| is_mapped(&map, NOBODY).then_some(NOBODY)).unwrap_or_else(process::own_uid)
    })
}

/// Whether a user exists in the user namespace of this map: lines of a first number inside, one outside, and how many.
fn is_mapped(map: &str, uid: u32) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u32> = line.split_whitespace().filter_map(|number| number.parse().ok()).collect();
        matches!(numbers[..], [first, _, count] if uid >= first && uid - first < count)
    })
}

/// How many threads a user has now, as RLIMIT_NPROC counts them where namespaces share a count.
fn processes_of(uid: u32) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = entries.filter(|entry| {
        entry.file_name().as_bytes().first().is_some_and(u8::is_ascii_digit)
            && entry.metadata().is_ok_and(|meta| meta.uid() == uid)
    });
    // A folder has a link for each folder in it, and two of its own.
    let threads = own.map(|entry| {
        std::fs::metadata(entry.path().join("task")).map_or(0, |meta| meta.nlink().saturating_sub(2))
    });
    threads.sum()
}

/// Runs a program in place of this process with a small environment of its own; returns only if it can't.
pub fn exec(program: &OsStr, args: &[&OsStr], folder: &Path) -> io::Error {
    let c = |bytes: &[u8]| CString::new(bytes).unwrap_or_default();
    let args: Vec<CString> = args.iter().map(|arg| c(arg.as_bytes())).collect();
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let variable = |name: &str, value: &OsStr| c(&[name.as_bytes(), b"=", value.as_bytes()].concat());
    let environment = [
        variable("PATH", &path),
        variable("HOME", folder.as_os_str()),
        variable("TMPDIR", folder.as_os_str()),
        variable("LC_ALL", OsStr::new("C")),
        variable("TERM", OsStr::new("dumb")),
    ];
    let Err(error) = nix::unistd::execve(&c(program.as_bytes()), &args, &environment);
    error.into()
}

/// Gives a file or folder to whom programs run as, where that is not us.
pub fn give(path: &Path) -> io::Result<()> {
    let user = user();
    if process::own_uid() == user {
        return Ok(());
    }
    std::os::unix::fs::lchown(path, Some(user), Some(user))
}

/// Keeps a file open over an exec; its number.
pub fn hand_down(file: &std::fs::File) -> i32 {
    use std::os::fd::AsFd;
    process::keep_over_exec(file.as_fd());
    file.as_raw_fd()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_exists_where_a_line_of_the_map_holds_it() {
        let map = "         0     100000      65536\n     70000       1000          1\n";
        let mapped = [0, 65535, 65536, 70000, 70001].map(|uid| is_mapped(map, uid));
        assert_eq!(mapped, [true, true, false, true, false]);
        assert!(is_mapped("0 0 4294967295", USERS.start() + 1) && !is_mapped("0 0 1", *USERS.start()));
    }
}
