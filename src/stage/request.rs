//! What travels between narrator and actor: a call with all its numbers, and what came of it.

use serde::{Deserialize, Serialize};

use crate::event::Segment;

/// One call for an actor to make. Addresses are the actor's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    Ftok {
        path: String,
        project: i32,
    },
    Shmget {
        key: i32,
        size: u64,
        flags: i32,
    },
    Shmat {
        id: i32,
        address: u64,
        flags: i32,
    },
    Shmdt {
        address: u64,
    },
    Shmctl {
        id: i32,
        command: i32,
        buffer: bool,
    },
    Store {
        address: u64,
        bytes: Vec<u8>,
    },
    /// Bytes up to a NUL.
    Puts {
        address: u64,
    },
    /// For the narrator's picture: bytes that are known to be in memory.
    Peek {
        address: u64,
        length: usize,
    },
    Exit {
        status: i32,
    },
}

/// What an actor answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The value, or the errno.
    pub result: Result<i64, i32>,
    pub text: Option<Vec<u8>>,
    pub stat: Option<Segment>,
}
