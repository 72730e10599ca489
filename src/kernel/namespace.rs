//! The sandbox: a user and IPC namespace of our own, which the kernel frees with its last process. Probed in a
//! child first, so that a machine that refuses it is found out before anything has changed. Not a PID
//! namespace: it was measured to add nothing (reliability.md) and would make every pid 1, 2, 3.

use std::fs;
use std::io;
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};
use serde::{Deserialize, Serialize};

use super::wire::{Received, Wire};
use super::{errno_of, process, shm, signals};

/// How this machine lets us in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// As root: an IPC namespace alone.
    Ipc,
    /// As anybody: a user namespace of our own, which may then make the other.
    UserAndIpc,
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
///
/// # Errors
/// fork's or the socket's own.
pub fn probe() -> io::Result<Probe> {
    let (ours, theirs) = Wire::pair()?;
    let pid = process::spawn(false, || {
        process::no_core_file();
        let found = serde_json::to_vec(&try_it()).unwrap_or_default();
        theirs.send(&found).map_or(1, |()| 0)
    })?;
    drop(theirs);
    let found = ours.receive(Some(signals::after(Duration::from_secs(2))));
    let ended = process::end(pid, Duration::from_secs(2));
    if let Ok(Received::Packet(packet)) = found
        && let Ok(probe) = serde_json::from_slice(&packet)
    {
        return Ok(probe);
    }
    Ok(match ended {
        Some(process::Ended::Killed(signal)) => Probe::Killed(signal),
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
        Way::UserAndIpc => CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWIPC,
    };
    let (uid, gid) = (nix::unistd::geteuid(), nix::unistd::getegid());
    unshare(flags).map_err(|error| ("unshare", error.into()))?;
    if way == Way::UserAndIpc {
        // The same numbers inside as outside: getuid, ipcs and `ls -l` go on telling the truth.
        fs::write("/proc/self/setgroups", "deny").map_err(|error| ("setgroups", error))?;
        fs::write("/proc/self/uid_map", format!("{uid} {uid} 1")).map_err(|error| ("uid_map", error))?;
        fs::write("/proc/self/gid_map", format!("{gid} {gid} 1")).map_err(|error| ("gid_map", error))?;
    }
    Ok(())
}
