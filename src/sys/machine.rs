//! The machine that lab runs on, as it says of itself: uname(2), the processors this process may use, the size of a page,
//! and the user. It measures nothing.

use std::thread::available_parallelism;

use nix::sys::utsname::uname;
use nix::unistd::{SysconfVar, Uid, sysconf};
use serde::Serialize;

/// What was asked of the machine; none where it did not say.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// `Linux 6.18.5 x86_64`
    pub system: Option<String>,
    /// The processors that this process may use.
    pub processors: Option<usize>,
    /// Bytes.
    pub page: Option<libc::c_long>,
    /// The user that lab acts as: permissions hold for everybody but root.
    pub uid: u32,
}

impl Machine {
    pub fn asked() -> Machine {
        let system = uname().ok().map(|names| {
            let words = [names.sysname(), names.release(), names.machine()];
            words.map(|word| word.to_string_lossy().into_owned()).join(" ")
        });
        Machine {
            system,
            processors: available_parallelism().ok().map(usize::from),
            page: sysconf(SysconfVar::PAGE_SIZE).ok().flatten(),
            uid: Uid::effective().as_raw(),
        }
    }
}
