//! Where a script is played: a sandbox if this machine lets us make one, the machine itself only where that is asked
//! for or the script is ours and fits. It enters the namespaces, for this process and for good.

use std::io;

use super::Ground;
use super::requirements::OTHER_UID;
use crate::constants;
use crate::error::{self, Error};
use crate::lesson::{Script, User};
use crate::sys::namespace::{self, Probe, Way};
use crate::sys::settings;

/// A sandbox if this machine lets us, the host if it does not or if that was asked for; and whether the
/// sandbox has the limits that the script wants. `name`: the lesson's, empty for a question's proof; `outside`: it is a
/// stranger's.
pub fn choose(host: bool, script: &Script, name: &str, outside: bool) -> Result<(Ground, bool), Error> {
    if host && !script.host {
        return Err(Error::Usage(format!(
            "the lesson `{}` is for a sandbox only, since it makes keys or limits that others would meet; leave out `--host`",
            name
        )));
    }
    let fall_back = |call: &str, why: String| match script.host {
        true if outside => Err(Error::Machine(format!(
            "a lesson from a file needs a sandbox, and there is none here: {call} was refused, {why}; if you trust it, `--host` plays it without one"
        ))),
        true => on_host(Some(format!("{call} was refused, {why}"))).map(|ground| (ground, false)),
        false => Err(Error::Machine(format!(
            "{} needs a sandbox, and there is none here: {call} was refused, {why}",
            if name.is_empty() { "its proof".into() } else { format!("the lesson `{name}`") }
        ))),
    };
    if host {
        return on_host(None).map(|ground| (ground, false));
    }
    match sandbox_way()? {
        Ok(way) => match enter(way, script) {
            Ok((way, limits_hold)) => Ok((Ground::Sandbox(way), limits_hold)),
            Err((call, error)) if way == Way::Ipc || call == "unshare" => {
                fall_back(call, error::plain_of(call, &error))
            }
            Err((call, error)) => Err(Error::Machine(format!(
                "the sandbox could be made but not set up: {call}, {}; try `--host`",
                error::plain_of(call, &error)
            ))),
        },
        Err((call, error)) => fall_back(&call, error::plain_of(&call, &error)),
    }
}

/// Enters the sandbox, with a second user where the script has one, we are not root, and the machine gives us one. A
/// script that lowers limits does without: only the root of a user namespace of its own may lower them.
fn enter(way: Way, script: &Script) -> Result<(Way, bool), namespace::Refused> {
    let second = script.users.values().any(|user| *user == User::Other);
    if way != Way::UserAndIpc || !second || !script.limits.is_empty() {
        return namespace::enter_with(way, &script.limits).map(|limits_hold| (way, limits_hold));
    }
    let found = namespace::enter_with_second(OTHER_UID)?;
    Ok((if found { Way::UsersAndIpc } else { way }, true))
}

/// The machine's own namespace, for two programs that find each other's segment there. It fails where System V shared
/// memory is refused, and where no segment outlives its last detach.
pub fn shared() -> Result<Ground, Error> {
    // Whether there would be a sandbox does not matter.
    let _ = sandbox_way()?;
    if settings::removes_unattached() {
        return Err(Error::Machine(
            "this machine removes every segment at its last detach (kernel.shm_rmid_forced is 1), so the server's segment would be gone before the client comes; `lab step-through` plays both programs in a sandbox"
                .into(),
        ));
    }
    Ok(Ground::Host(None))
}

/// The way to a sandbox, or the call that was refused and its error. It fails where System V shared memory itself is
/// refused, sandbox or not.
pub fn sandbox_way() -> Result<Result<Way, (String, io::Error)>, Error> {
    match namespace::probe().map_err(Error::context("fork"))? {
        Probe::Works(way) => Ok(Ok(way)),
        Probe::NoNamespace(call, errno) => Ok(Err((call, io::Error::from_raw_os_error(errno)))),
        Probe::NoSharedMemory(call, errno) => Err(Error::Machine(format!(
            "this machine has no System V shared memory for us: {call} returned {}: {}",
            constants::errno(errno),
            constants::meaning(&call, errno)
        ))),
        Probe::Killed(signal) => Err(Error::Machine(format!(
            "a process that only called shmget was killed by {}: a sandbox around lab forbids System V shared memory",
            constants::signal(signal)
        ))),
    }
}

fn on_host(why: Option<String>) -> Result<Ground, Error> {
    if settings::removes_unattached() {
        // With `--host` it is wrong usage; as a fallback it is a limit of the machine.
        let kind = if why.is_none() { Error::Usage } else { Error::Machine };
        return Err(kind(
            "this machine removes every segment at its last detach (kernel.shm_rmid_forced is 1), so on the host the lesson's segment would not outlive its writer; leave out `--host`, or set it to 0"
                .into(),
        ));
    }
    Ok(Ground::Host(why))
}
