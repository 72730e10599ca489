//! The system: the six calls, processes, signals, sockets, the terminal, namespaces and the kernel's own
//! evidence. The only room with `unsafe`, each block with its reason. It reads no lesson; `memory`, `reach`, `confine`
//! and `shm::Owner` are there for the processes that play one.

pub mod aside;
pub mod board;
pub mod bpf;
pub mod confine;
pub mod evidence;
pub mod files;
pub mod filter;
pub mod folder;
pub mod given;
pub mod hidden;
pub mod kept;
pub mod launch;
pub mod maps;
pub mod memory;
pub mod namespace;
pub mod observe;
pub mod patience;
pub mod process;
pub mod ptrace;
pub mod reach;
pub mod refuse;
pub mod schedule;
pub mod scope;
pub mod sem;
pub mod shm;
pub mod signals;
mod start;
pub mod state;
pub mod terminal;
pub mod watchdog;
pub mod wire;

/// The time since 1970, as segments' times count it.
pub fn since_1970() -> std::time::Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// The errno of the last failed call as an `io::Error`'s number; EIO where there is none.
pub fn errno_of(error: &std::io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
