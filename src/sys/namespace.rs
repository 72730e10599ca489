//! The sandbox: a user and IPC namespace of our own, which the kernel frees with its last process. Probed in a child
//! first, so that a machine that refuses it is found out before anything has changed. Not a PID namespace: runs that
//! were killed at random left as much behind with one as with a guard, and every pid would be 1, 2 or 3.

use std::fs;
use std::io;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};

use super::channel::{Channel, Received};
use super::second_user::Mapper;
use super::{errno_of, process, shm, status};

/// How long a trial in a child may stand still. A busy machine is not one that refuses.
const PROBE_WITHIN: Duration = Duration::from_secs(2);

/// How this machine lets us make a sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// As root: an IPC namespace alone.
    Ipc,
    /// As any other user: a user namespace of our own, in which we may make the IPC namespace.
    UserAndIpc,
    /// The same, with a second user in it.
    UsersAndIpc,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Probe {
    Works(Way),
    /// No namespace of our own: the call that was refused, and its errno.
    NoNamespace(String, i32),
    /// System V shared memory itself is refused: the call and its errno.
    NoSharedMemory(String, i32),
    /// The child was killed for trying.
    Killed(i32),
}

/// Tries it all in a child: the namespace, a segment, its removal.
pub fn probe() -> io::Result<Probe> {
    let (ours, theirs) = Channel::pair()?;
    let pid = process::spawn(false, || {
        process::no_core_file();
        let found = serde_json::to_vec(&try_it()).unwrap_or_default();
        theirs.send(&found).map_or(1, |()| 0)
    })?;
    drop(theirs);
    let found = ours.receive_from(pid, PROBE_WITHIN);
    let ended = process::tried_out(pid, PROBE_WITHIN);
    if let Ok(Received::Packet(packet, _)) = found
        && let Ok(probe) = serde_json::from_slice(&packet)
    {
        return Ok(probe);
    }
    Ok(match ended {
        Some(status::Ended::Killed(signal)) => Probe::Killed(signal),
        _ => Probe::NoNamespace("unshare".into(), libc::EIO),
    })
}

fn try_it() -> Probe {
    let way = match enter_somehow() {
        Ok(way) => way,
        Err((call, error)) => return Probe::NoNamespace(call.into(), errno_of(&error)),
    };
    let made = shm::shmget(libc::IPC_PRIVATE, 1, libc::IPC_CREAT | 0o600);
    let removed = made.and_then(|id| shm::shmctl(id, libc::IPC_RMID));
    match (made, removed) {
        (Err(errno), _) => Probe::NoSharedMemory("shmget".into(), errno),
        (_, Err(errno)) => Probe::NoSharedMemory("shmctl".into(), errno),
        _ => Probe::Works(way),
    }
}

fn enter_somehow() -> Result<Way, Refused> {
    if enter(Way::Ipc).is_ok() {
        return Ok(Way::Ipc);
    }
    enter(Way::UserAndIpc).map(|()| Way::UserAndIpc)
}

/// A refused call and its error.
pub type Refused = (&'static str, io::Error);

/// Our user and group.
fn ids() -> (u32, u32) {
    (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw())
}

fn leave(namespaces: CloneFlags) -> Result<(), Refused> {
    unshare(namespaces).map_err(|error| ("unshare", error.into()))
}

/// Moves this process into a sandbox. Before any thread, actor or guard exists.
pub fn enter(way: Way) -> Result<(), Refused> {
    let flags = match way {
        Way::Ipc => CloneFlags::CLONE_NEWIPC,
        Way::UserAndIpc | Way::UsersAndIpc => CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC,
    };
    let (uid, gid) = ids();
    leave(flags)?;
    if way != Way::Ipc {
        // The same numbers inside as outside: getuid, ipcs and `ls -l` show the same users as outside.
        map((uid, uid), (gid, gid))?;
    }
    Ok(())
}

/// Moves this process, which is in a sandbox already, into another IPC namespace, which is empty. ENOSPC: the user has
/// too many of them.
pub fn enter_another() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWIPC).map_err(Into::into)
}

/// Moves this process into a sandbox with lower limits, such as `("shmmni", 3)`. False: this machine does not let us lower them, and the sandbox
/// has the kernel's own.
pub fn enter_with(way: Way, limits: &[(impl AsRef<str>, u64)]) -> Result<bool, Refused> {
    // Tried in a child first: half of it would be worse than nothing.
    let lowers = || process::works(|| matches!(enter_lowered(limits), Ok(true)));
    if limits.is_empty() || (way == Way::UserAndIpc && !lowers()) {
        return enter(way).map(|()| limits.is_empty());
    }
    if way == Way::Ipc {
        enter(way)?;
        return Ok(lower(limits));
    }
    enter_lowered(limits)
}

/// For a user other than root, only the namespace's own root may set the limits (kernel-facts LM16, LM17): the first user
/// namespace maps us to root, a second one inside it back to ourselves.
fn enter_lowered(limits: &[(impl AsRef<str>, u64)]) -> Result<bool, Refused> {
    let (uid, gid) = ids();
    leave(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC)?;
    map((0, uid), (0, gid))?;
    let lowered = lower(limits);
    leave(CloneFlags::CLONE_NEWUSER)?;
    map((uid, 0), (gid, 0))?;
    Ok(lowered)
}

fn lower(limits: &[(impl AsRef<str>, u64)]) -> bool {
    limits.iter().all(|(name, value)| {
        fs::write(format!("/proc/sys/kernel/{}", name.as_ref()), value.to_string()).is_ok()
    })
}

/// As [`Way::UserAndIpc`], if it can be with a second user, whose number inside is `other`; whether it is.
pub fn enter_with_second(other: u32) -> Result<bool, Refused> {
    let Some(mapper) = Mapper::start(other) else { return enter(Way::UserAndIpc).map(|()| false) };
    // Before the move: inside, without a map, we have no numbers of our own.
    let own = ids();
    leave(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC)?;
    if mapper.map() && process::works(|| process::become_user(other).is_ok()) {
        return Ok(true);
    }
    map_the_rest(own).map(|()| false)
}

/// Maps us to ourselves where no helper has written a map.
fn map_the_rest((uid, gid): (u32, u32)) -> Result<(), Refused> {
    let empty =
        |name: &str| fs::read_to_string(format!("/proc/self/{name}")).is_ok_and(|map| map.trim().is_empty());
    if empty("uid_map") {
        write_map("uid_map", (uid, uid))?;
    }
    if empty("gid_map") {
        keep_groups()?;
        write_map("gid_map", (gid, gid))?;
    }
    Ok(())
}

/// Writes this process's id maps: number inside, number outside.
fn map(uid: (u32, u32), gid: (u32, u32)) -> Result<(), Refused> {
    keep_groups()?;
    write_map("uid_map", uid)?;
    write_map("gid_map", gid)
}

/// Gives up setgroups(2), without which the kernel lets no ordinary user write a map of groups.
fn keep_groups() -> Result<(), Refused> {
    fs::write("/proc/self/setgroups", "deny").map_err(|error| ("setgroups", error))
}

fn write_map(name: &'static str, (inside, outside): (u32, u32)) -> Result<(), Refused> {
    fs::write(format!("/proc/self/{name}"), format!("{inside} {outside} 1")).map_err(|error| (name, error))
}
