//! The sandbox: a user and IPC namespace of our own, which the kernel frees with its last process. Probed in a child
//! first, so that a machine that refuses it is found out before anything has changed. Not a PID namespace: runs that
//! were killed at random left as much behind with one as with a guard, and every pid would be 1, 2 or 3.

use std::fs;
use std::io;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};

use super::busy_deadline::BusyDeadline;
use super::channel::{Channel, Received};
use super::second_user::Mapper;
use super::{errno_of, proc, process, shm, status};

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
    let mut patience = BusyDeadline::of(PROBE_WITHIN);
    let mut found = Ok(Received::Timeout);
    while matches!(found, Ok(Received::Timeout)) && patience.keep_waiting(|| proc::busy(pid)) {
        found = ours.receive(Some(patience.deadline()));
    }
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

fn enter_somehow() -> Result<Way, (&'static str, io::Error)> {
    if enter(Way::Ipc).is_ok() {
        return Ok(Way::Ipc);
    }
    enter(Way::UserAndIpc).map(|()| Way::UserAndIpc)
}

/// Moves this process into a sandbox. Before any thread, actor or guard exists.
///
/// # Errors
/// The refused call and why.
pub fn enter(way: Way) -> Result<(), (&'static str, io::Error)> {
    let flags = match way {
        Way::Ipc => CloneFlags::CLONE_NEWIPC,
        Way::UserAndIpc | Way::UsersAndIpc => CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC,
    };
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(flags).map_err(|error| ("unshare", error.into()))?;
    if way != Way::Ipc {
        // The same numbers inside as outside: getuid, ipcs and `ls -l` show the same users as outside.
        map((uid.as_raw(), uid.as_raw()), (gid.as_raw(), gid.as_raw()))?;
    }
    Ok(())
}

/// Moves this process, which is in a sandbox already, into another IPC namespace, which is empty.
///
/// # Errors
/// unshare(2)'s: ENOSPC where the user has too many of them.
pub fn enter_another() -> io::Result<()> {
    unshare(CloneFlags::CLONE_NEWIPC).map_err(Into::into)
}

/// The same with lower limits, such as `("shmmni", 3)`. For a user other than root, only the namespace's own root may
/// set the limits (kernel-facts LM16, LM17): the first user namespace maps us to root, a second one inside it back to
/// ourselves. False: this machine does not let us lower them, and the sandbox has the kernel's own.
///
/// # Errors
/// The refused call and why.
pub fn enter_with(way: Way, limits: &[(String, u64)]) -> Result<bool, (&'static str, io::Error)> {
    let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    if limits.is_empty() || (way == Way::UserAndIpc && !limits_work(limits)) {
        return enter(way).map(|()| limits.is_empty());
    }
    if way == Way::Ipc {
        enter(way)?;
        return Ok(lower(limits));
    }
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC)
        .map_err(|error| ("unshare", error.into()))?;
    map((0, uid), (0, gid))?;
    let lowered = lower(limits);
    unshare(CloneFlags::CLONE_NEWUSER).map_err(|error| ("unshare", error.into()))?;
    map((uid, 0), (gid, 0))?;
    Ok(lowered)
}

/// Whether the two steps work, tried in a child.
fn limits_work(limits: &[(String, u64)]) -> bool {
    let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    let tried = process::spawn(false, || {
        let first = unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC).is_ok();
        let works = first && map((0, uid), (0, gid)).is_ok() && lower(limits);
        let second = works && unshare(CloneFlags::CLONE_NEWUSER).is_ok() && map((uid, 0), (gid, 0)).is_ok();
        i32::from(!second)
    });
    tried.is_ok_and(|pid| process::tried_out(pid, PROBE_WITHIN) == Some(status::Ended::Exited(0)))
}

fn lower(limits: &[(String, u64)]) -> bool {
    limits
        .iter()
        .all(|(name, value)| fs::write(format!("/proc/sys/kernel/{name}"), value.to_string()).is_ok())
}

/// As [`Way::UserAndIpc`], if it can be with a second user, whose number inside is `other`; whether it is.
///
/// # Errors
/// The refused call and why.
pub fn enter_with_second(other: u32) -> Result<bool, (&'static str, io::Error)> {
    let Some(mapper) = Mapper::start(other) else { return enter(Way::UserAndIpc).map(|()| false) };
    // Before the move: inside, without a map, we have no numbers of our own.
    let own = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    unshare(CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC)
        .map_err(|error| ("unshare", error.into()))?;
    if mapper.map() && is_second_user(other) {
        return Ok(true);
    }
    map_the_rest(own).map(|()| false)
}

/// Whether a child of ours can become that user.
fn is_second_user(uid: u32) -> bool {
    let tried = process::spawn(false, || i32::from(process::become_user(uid).is_err()));
    tried.is_ok_and(|pid| process::tried_out(pid, PROBE_WITHIN) == Some(status::Ended::Exited(0)))
}

/// Maps us to ourselves where no helper has written a map.
fn map_the_rest((uid, gid): (u32, u32)) -> Result<(), (&'static str, io::Error)> {
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
fn map(uid: (u32, u32), gid: (u32, u32)) -> Result<(), (&'static str, io::Error)> {
    keep_groups()?;
    write_map("uid_map", uid)?;
    write_map("gid_map", gid)
}

/// Gives up setgroups(2), without which the kernel lets no ordinary user write a map of groups.
fn keep_groups() -> Result<(), (&'static str, io::Error)> {
    fs::write("/proc/self/setgroups", "deny").map_err(|error| ("setgroups", error))
}

fn write_map(name: &'static str, (inside, outside): (u32, u32)) -> Result<(), (&'static str, io::Error)> {
    fs::write(format!("/proc/self/{name}"), format!("{inside} {outside} 1")).map_err(|error| (name, error))
}
