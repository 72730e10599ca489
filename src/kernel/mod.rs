//! The system: the six calls, processes, signals, sockets, the terminal, namespaces and the kernel's own
//! evidence. The only room with `unsafe`, each block with its reason. It does not know what a lesson is.

pub mod aside;
pub mod evidence;
pub mod files;
pub mod filter;
pub mod hidden;
pub mod launch;
pub mod maps;
pub mod memory;
pub mod namespace;
pub mod observe;
pub mod patience;
pub mod process;
pub mod ptrace;
pub mod refuse;
pub mod schedule;
pub mod sem;
pub mod shm;
pub mod signals;
mod start;
pub mod terminal;
pub mod wire;

/// The time since 1970, as segments' times count it.
pub fn since_1970() -> std::time::Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// The errno of the last failed call as an `io::Error`'s number; EIO where there is none.
pub fn errno_of(error: &std::io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
