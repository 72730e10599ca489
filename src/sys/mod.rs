//! The system: the six calls, processes, signals, sockets, the terminal, namespaces and the kernel's own
//! evidence. The only room with `unsafe`, each block with its reason. It reads no lesson, but some of it is there for the
//! processes that play one and for nothing else: `memory`, `reach` and `confine`, `mark` and `step_tracer`, and in
//! `files` the scratch folder of a run.

pub mod asleep;
pub mod barrier;
pub mod board;
pub mod busy_deadline;
pub mod channel;
pub mod confine;
pub mod evidence;
pub mod file_identity;
pub mod files;
pub mod folder;
pub mod held_launch;
pub mod jail;
pub mod landlock_scope;
pub mod launch;
pub mod machine;
pub mod maps;
pub mod mark;
pub mod memory;
pub mod memory_file;
pub mod msg;
pub mod named_file;
pub mod namespace;
pub mod new_file;
pub mod own_files;
pub mod pipe;
pub mod place;
pub mod proc;
pub mod process;
pub mod processors;
pub mod ptrace;
pub mod random;
pub mod reach;
pub mod reporting_child;
pub mod schedule;
pub mod seccomp;
mod second_user;
pub mod sem;
pub mod settings;
pub mod shm;
pub mod signal_forwarding;
pub mod signals;
pub mod start;
pub mod state_dir;
pub mod status;
pub mod step_tracer;
pub mod terminal;
pub mod trials;
pub mod untraced_clone;
pub mod watchdog;

use std::io;

/// The time since 1970, as segments' times count it.
pub fn since_1970() -> std::time::Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}

/// What a call has returned, or where that is -1 the error that it left.
fn checked<T: PartialEq + From<i8>>(value: T) -> io::Result<T> {
    if value == T::from(-1) { Err(io::Error::last_os_error()) } else { Ok(value) }
}

/// The same with the errno of the error.
fn returned<T: PartialEq + From<i8>>(value: T) -> shm::Returned<T> {
    checked(value).map_err(|error| errno_of(&error))
}

/// The errno of the last failed call as an `io::Error`'s number; EIO where there is none.
pub fn errno_of(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
