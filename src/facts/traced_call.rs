//! What a tracer tells of, as an enum: the calls about shared memory, and what else happens to a process. One place
//! knows their names.

use serde::{Deserialize, Serialize};

/// A call that a check makes fail: one call of one program, counted over all its processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failing {
    /// The program's name.
    pub role: String,
    /// Its name, semtimedop's being semop.
    pub call: String,
    /// Which of its calls, from 1.
    pub nth: u32,
    pub errno: i32,
}

/// What an event of a trace is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TracedCall {
    Shmget,
    Shmat,
    Shmdt,
    Shmctl,
    Semget,
    Semctl,
    Msgget,
    Msgctl,
    Ftok,
    Ptrace,
    Fork,
    Vfork,
    Clone,
    Execve,
    /// A process's end, by itself or by a signal.
    Exit,
    /// A SIGSEGV or SIGBUS of the kernel's.
    Fault,
}

impl TracedCall {
    /// The four calls about System V shared memory.
    pub const SHARED_MEMORY: [TracedCall; 4] =
        [TracedCall::Shmget, TracedCall::Shmat, TracedCall::Shmdt, TracedCall::Shmctl];

    /// As C spells it, or the plain word for what is not a call.
    pub const fn name(self) -> &'static str {
        match self {
            TracedCall::Shmget => "shmget",
            TracedCall::Shmat => "shmat",
            TracedCall::Shmdt => "shmdt",
            TracedCall::Shmctl => "shmctl",
            TracedCall::Semget => "semget",
            TracedCall::Semctl => "semctl",
            TracedCall::Msgget => "msgget",
            TracedCall::Msgctl => "msgctl",
            TracedCall::Ftok => "ftok",
            TracedCall::Ptrace => "ptrace",
            TracedCall::Fork => "fork",
            TracedCall::Vfork => "vfork",
            TracedCall::Clone => "clone",
            TracedCall::Execve => "execve",
            TracedCall::Exit => "exit",
            TracedCall::Fault => "fault",
        }
    }
}
