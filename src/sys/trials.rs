//! What this machine lets lab do, found out by doing it: each trial runs in a child, and nothing of it stays when the
//! child has ended. Where a thing could only be tried on what is not ours, it is not tried. It decides nothing.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, getrlimit};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::jail::{self, Room};
use super::namespace::{self, Way};
use super::ptrace::{self, Waited};
use super::reporting_child::ReportingChild;
use super::seccomp::trace;
use super::status::Ended;
use super::{errno_of, landlock_scope, msg, process, sem, shm};
use crate::facts::machine::{Namespace, Trial};

/// How long a trial may take. A busy machine is not one that refuses.
const WITHIN: Duration = Duration::from_secs(10);
const ONE_PAGE: u64 = 4096;
/// What is written to a segment and to a tracee's memory, and looked for there.
const MARK: u64 = 0x6c61_6220_6c61_6220;

/// The call that was refused, and its errno.
type Done = Result<(), (&'static str, i32)>;

/// Does it in a child.
pub fn tried(work: impl FnOnce() -> Done) -> Trial {
    let report = in_child(|| work().map_err(|(call, errno)| (call.to_owned(), errno)));
    match report {
        Ok(Ok(())) => Trial::Works,
        Ok(Err((call, errno))) => Trial::Refused(call, errno),
        Err(trial) => trial,
    }
}

/// The same in a sandbox of its own; not at all where this machine has none.
pub fn tried_apart(way: Option<Way>, work: impl FnOnce() -> Done) -> Trial {
    let Some(way) = way else { return Trial::NotTried };
    tried(|| {
        enter(way)?;
        work()
    })
}

/// A sandbox, entered, and the way to it if there is one: as root, or as whoever else.
pub fn sandbox() -> (Trial, Option<Way>) {
    if tried(|| enter(Way::Ipc)).works() {
        return (Trial::Works, Some(Way::Ipc));
    }
    let trial = tried(|| enter(Way::UserAndIpc));
    let way = trial.works().then_some(Way::UserAndIpc);
    (trial, way)
}

fn enter(way: Way) -> Done {
    namespace::enter(way).map_err(|(call, error)| (call, errno_of(&error)))
}

/// What a child finds out, or why it did not.
fn in_child<T: Serialize + DeserializeOwned>(work: impl FnOnce() -> T) -> Result<T, Trial> {
    let lost = |error: io::Error| Trial::NoProcess(errno_of(&error));
    let child = ReportingChild::that_reports(|| {
        process::no_core_file();
        work()
    });
    let (report, ended) = child.and_then(|child| child.wait_at_most(WITHIN)).map_err(lost)?;
    postcard::from_bytes(&report).map_err(|_| match ended {
        // That is how a child is ended that does not answer.
        Some(Ended::Killed(signal)) if signal != libc::SIGKILL => Trial::Killed(signal),
        _ => Trial::Silent,
    })
}

fn of(call: &'static str) -> impl FnOnce(io::Error) -> (&'static str, i32) {
    move |error| (call, errno_of(&error))
}

/// A removal without anything to remove: EINVAL where removals are let through. Where one would be refused, nothing is
/// made, because it would stay.
fn may_remove(call: &'static str, answer: Result<(), i32>) -> Done {
    match answer {
        Err(errno) if errno != libc::EINVAL => Err((call, errno)),
        _ => Ok(()),
    }
}

/// A segment's whole life. It has no key, and is marked for removal before anything is done with it, so that it goes
/// with this process.
pub fn segment() -> Done {
    may_remove("shmctl", shm::shmctl(-1, libc::IPC_RMID))?;
    let new = shm::shmget(libc::IPC_PRIVATE, ONE_PAGE, libc::IPC_CREAT | 0o600);
    let id = new.map_err(|errno| ("shmget", errno))?;
    let at = shm::shmat(id, 0, 0);
    let removed = shm::shmctl(id, libc::IPC_RMID);
    let at = at.map_err(|errno| ("shmat", errno))?;
    let place = std::ptr::with_exposed_provenance_mut::<u64>(at as usize);
    // SAFETY: shmat has just mapped a page here to read and to write, and no reference of Rust's leads into it.
    let kept = unsafe {
        place.write_volatile(MARK);
        place.read_volatile() == MARK
    };
    shm::shmdt(at).map_err(|errno| ("shmdt", errno))?;
    removed.map_err(|errno| ("shmctl", errno))?;
    if kept { Ok(()) } else { Err(("store", libc::EIO)) }
}

/// A semaphore set's whole life.
pub fn semaphores() -> Done {
    may_remove("semctl", sem::semctl(-1, 0, libc::IPC_RMID))?;
    let new = sem::semget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600);
    let id = new.map_err(|errno| ("semget", errno))?;
    let changed = sem::semop(id, 0, 1);
    sem::semctl(id, 0, libc::IPC_RMID).map_err(|errno| ("semctl", errno))?;
    changed.map_err(|errno| ("semop", errno))
}

/// A message queue's whole life.
pub fn queue() -> Done {
    may_remove("msgctl", msg::msgctl(-1, libc::IPC_RMID))?;
    let new = msg::msgget(libc::IPC_PRIVATE, libc::IPC_CREAT | 0o600);
    let id = new.map_err(|errno| ("msgget", errno))?;
    // A struct msgbuf: its type, and eight bytes.
    let message = [1_u64, MARK];
    let sent = msg::msgsnd(id, message.as_ptr().expose_provenance() as u64, 8, libc::IPC_NOWAIT);
    msg::msgctl(id, libc::IPC_RMID).map_err(|errno| ("msgctl", errno))?;
    sent.map_err(|errno| ("msgsnd", errno))
}

/// A segment of one page, which goes with its sandbox, kept in memory.
pub fn locked_memory() -> Done {
    const SHM_LOCK: i32 = 11;
    let new = shm::shmget(libc::IPC_PRIVATE, ONE_PAGE, libc::IPC_CREAT | 0o600);
    let id = new.map_err(|errno| ("shmget", errno))?;
    shm::shmctl(id, SHM_LOCK).map_err(|errno| ("shmctl", errno))
}

/// A segment of huge pages, which goes with its sandbox.
pub fn huge_pages() -> Done {
    const TWO_MEGABYTES: u64 = 2 << 20;
    let flags = libc::IPC_CREAT | libc::SHM_HUGETLB | 0o600;
    shm::shmget(libc::IPC_PRIVATE, TWO_MEGABYTES, flags).map(|_| ()).map_err(|errno| ("shmget", errno))
}

/// A namespace of this kind; for whoever is not root inside of a sandbox's user namespace.
pub fn namespace(kind: Namespace, way: Option<Way>) -> Trial {
    let flag = match kind {
        Namespace::User => CloneFlags::CLONE_NEWUSER,
        Namespace::Pid => CloneFlags::CLONE_NEWPID,
        Namespace::Mount => CloneFlags::CLONE_NEWNS,
        Namespace::Network => CloneFlags::CLONE_NEWNET,
    };
    tried(|| {
        if let Some(way) = way.filter(|_| kind != Namespace::User) {
            enter(way)?;
        }
        unshare(flag).map_err(|errno| ("unshare", errno as i32))?;
        match way {
            Some(way) if kind == Namespace::Mount => read_only_files(way),
            _ => Ok(()),
        }
    })
}

/// Everything read-only but for one folder, in a mount namespace that goes with this process.
fn read_only_files(way: Way) -> Done {
    let folder = ["/tmp", "/"].map(Path::new).into_iter().find(|path| path.is_dir());
    let room = Room::InMemory(folder.unwrap_or(Path::new("/")), 1 << 20);
    // Of the sandbox that this process is in already, one more.
    let walls = jail::enter(way, &[], room, &[]).map_err(of("unshare"))?;
    if walls.mounts { Ok(()) } else { Err(("mount", libc::EPERM)) }
}

/// Whether a sandbox may have lower limits than the machine.
pub fn lower_limits(way: Option<Way>) -> bool {
    let lowered = |way| namespace::enter_with(way, &[("shmmni", 3)]).is_ok_and(|lowered| lowered);
    let found = way.map(|way| in_child(|| lowered(way)));
    matches!(found, Some(Ok(true)))
}

/// Whether newuidmap gives a sandbox a second user of this number.
pub fn second_user(other: u32) -> bool {
    in_child(|| namespace::enter_with_second(other).is_ok_and(|found| found)) == Ok(true)
}

/// Whether newuidmap and newgidmap are installed.
pub fn maps_users() -> bool {
    super::second_user::has_helpers()
}

/// Whether root may become another user.
pub fn other_user(uid: u32) -> bool {
    tried(|| process::become_user(uid).map_err(of("setuid"))).works()
}

/// A child attached to, stopped, and its memory read.
pub fn ptrace() -> Done {
    let mark = MARK;
    let pid = sleeper().map_err(of("fork"))?;
    let done = follow(pid, &mark);
    let _ = process::end(pid, Duration::ZERO);
    done
}

/// A child that does nothing until it is ended.
fn sleeper() -> io::Result<i32> {
    process::spawn(false, || {
        nix::unistd::pause();
        0
    })
}

fn follow(pid: i32, mark: &u64) -> Done {
    ptrace::seize(pid).map_err(of("ptrace"))?;
    ptrace::interrupt(pid).map_err(of("ptrace"))?;
    let Ok(Waited::Stop(stop)) = ptrace::wait() else { return Err(("waitpid", libc::ECHILD)) };
    let mut found = [0; size_of::<u64>()];
    // A fork has everything where its parent has it.
    let read = ptrace::read_at_rest(pid, std::ptr::from_ref(mark).addr() as u64, &mut found);
    let error = io::Error::last_os_error();
    stop.go_on();
    match read == found.len() && u64::from_ne_bytes(found) == *mark {
        true => Ok(()),
        false => Err(("process_vm_readv", errno_of(&error))),
    }
}

/// The tracer's filter, put on.
pub fn filter() -> Done {
    trace::install().map_err(of("seccomp"))
}

/// A Landlock domain, entered.
pub fn landlock() -> Done {
    landlock_scope::enter().map_err(of("landlock_create_ruleset"))
}

/// How many processes of this number can be there at once.
pub fn processes(most: u64) -> u64 {
    let count = in_child(|| {
        let started: Vec<i32> = (0..most).map_while(|_| sleeper().ok()).collect();
        for pid in &started {
            let _ = process::end(*pid, Duration::ZERO);
        }
        started.len() as u64
    });
    count.unwrap_or(0)
}

/// Whether a process can map this many bytes. It touches none of them.
pub fn memory(bytes: u64) -> Trial {
    tried(|| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        super::memory::mmap(0, bytes, rights, flags, -1, 0).map(|_| ()).map_err(|errno| ("mmap", errno))
    })
}

/// How many further descriptors of this number a process can open.
pub fn descriptors(most: u64) -> u64 {
    let count = in_child(|| {
        let open = || std::fs::File::open("/dev/null").ok();
        (0..most).map_while(|_| open()).collect::<Vec<_>>().len() as u64
    });
    count.unwrap_or(0)
}

/// A file without a name, written in this folder: nothing of it stays. Where the file system has none of that, whether a
/// file could be made.
pub fn write_in(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = std::fs::OpenOptions::new();
    let made = options.write(true).mode(0o600).custom_flags(libc::O_TMPFILE).open(folder);
    match made.and_then(|mut file| file.write_all(b"lab")) {
        Err(error)
            if matches!(error.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::EINVAL)) =>
        {
            // /proc and file systems that hold no data have no blocks at all.
            if nix::sys::statvfs::statvfs(folder)?.blocks() == 0 {
                return Err(error);
            }
            let wanted = nix::unistd::AccessFlags::W_OK | nix::unistd::AccessFlags::X_OK;
            nix::unistd::access(folder, wanted).map_err(Into::into)
        }
        written => written,
    }
}

/// A limit of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limited {
    Processes,
    AddressSpace,
    LockedMemory,
    Files,
}

/// Its value; none where there is no limit.
pub fn limit(of: Limited) -> Option<u64> {
    let resource = match of {
        Limited::Processes => Resource::RLIMIT_NPROC,
        Limited::AddressSpace => Resource::RLIMIT_AS,
        Limited::LockedMemory => Resource::RLIMIT_MEMLOCK,
        Limited::Files => Resource::RLIMIT_NOFILE,
    };
    getrlimit(resource).ok().map(|(soft, _)| soft).filter(|soft| *soft != libc::RLIM_INFINITY)
}
