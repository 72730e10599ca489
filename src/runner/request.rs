//! What travels between main process and actor: something to do with all its numbers, and how it came out.

use serde::{Deserialize, Serialize};

use crate::facts::event::Segment;
use crate::facts::outcome::low_int;
use crate::lesson::Function;
use crate::sys::channel::Channel;
use crate::sys::shm::Owner;
use crate::sys::{memory, process};

/// One thing for an actor to do. Addresses are the actor's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// `announce`: say so before making it, since it may not come back. `times`: more than once where the lesson has a
    /// `for`.
    Call { function: Function, args: Vec<Arg>, announce: bool, times: u64 },
    /// With the page of a [`crate::sys::barrier::Barrier`].
    Race(Half),
    /// One byte after the other.
    Store { address: u64, bytes: Vec<u8> },
    /// A value of this many bytes: one, or a pointer's.
    Load { address: u64, length: usize },
    /// For the main process: bytes that are known to be in memory.
    Peek { address: u64, length: usize },
    /// `p = "hello"`: the text stays in the actor's memory.
    Literal { bytes: Vec<u8> },
    /// `g = 0`: a variable of the actor's own.
    Assign { name: String, value: i64 },
    /// `ds.shm_perm.mode = 0644`
    Field { path: String, value: i64 },
    /// How a child of the actor's ended, without taking its status.
    Fate { pid: i32 },
}

/// One of the two halves of what two actors do at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    pub function: Function,
    pub address: u64,
    pub rounds: i64,
    /// Where the two do different things, the first writes and the second reads.
    pub first: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arg {
    /// A number of any type.
    Int(i64),
    /// The text that a pointer leads to.
    Text(Vec<u8>),
    /// The path of the key file that whoever runs lab has named: not the lesson's, so that it may be anywhere.
    File(Vec<u8>),
    /// The address of something of the actor's own: `&ds`, `&id`.
    Buffer,
    /// A variable's name.
    Name(String),
    /// One end of a pipe, by the name that the lesson gave it.
    End { pipe: String, end: usize },
}

/// Why an actor does not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// This address is lab's and not the lesson's.
    Memory(u64),
    /// This path leads out of the run's folder.
    Path(Vec<u8>),
    /// A file's descriptor in mmap.
    Descriptor,
    /// The actor has no pipe of this name.
    Pipe(String),
}

/// What an actor answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The value, or the errno.
    pub result: Result<i64, i32>,
    pub text: Option<Vec<u8>>,
    pub stat: Option<Segment>,
    /// It has not been made yet: it is about to be.
    pub starting: bool,
    /// It was not made, and will not be.
    pub refused: Option<Refusal>,
}

impl Reply {
    pub fn value(result: Result<impl Into<i64>, i32>) -> Reply {
        Reply { result: result.map(Into::into), text: None, stat: None, starting: false, refused: None }
    }

    /// The 0 of what has no other value.
    pub fn done(result: Result<(), i32>) -> Reply {
        Reply::value(result.map(|()| 0))
    }

    pub fn failed(errno: i32) -> Reply {
        Reply::done(Err(errno))
    }

    pub fn refused(why: Refusal) -> Reply {
        Reply { refused: Some(why), ..Reply::failed(libc::EACCES) }
    }

    pub fn text(bytes: Vec<u8>) -> Reply {
        Reply { text: Some(bytes), ..Reply::done(Ok(())) }
    }
}

impl Request {
    /// The arguments of a call of this function; none for anything else.
    pub fn args_of(&self, wanted: Function) -> &[Arg] {
        match self {
            Request::Call { function, args, .. } if *function == wanted => args,
            _ => &[],
        }
    }
}

/// The arguments of a call, as the call takes them.
#[derive(Debug, Clone, Copy)]
pub struct Args<'a>(pub &'a [Arg]);

impl<'a> Args<'a> {
    pub fn first(self) -> Option<&'a Arg> {
        self.0.first()
    }

    pub fn get(self, at: usize) -> Option<&'a Arg> {
        self.0.get(at)
    }

    /// One of 64 bits: an address, or a size.
    pub fn long(self, at: usize) -> u64 {
        match self.get(at) {
            Some(Arg::Int(value)) => value.cast_unsigned(),
            Some(Arg::Buffer) => memory::own_address(),
            _ => 0,
        }
    }

    pub fn int(self, at: usize) -> i32 {
        low_int(self.long(at).cast_signed())
    }

    pub fn text(self, at: usize) -> &'a [u8] {
        match self.get(at) {
            Some(Arg::Text(bytes) | Arg::File(bytes)) => bytes,
            _ => &[],
        }
    }
}

/// How this binary is started again as an actor with this end of a pair. `confined`: its walls are up already, and
/// they stay over an exec.
pub fn exec_args(channel: &Channel, role: &str, confined: bool) -> Vec<String> {
    channel.keep_over_exec();
    let numbers = [channel.number(), process::parent_pid()].map(|number| number.to_string());
    let flag = confined.then(|| "--confined".to_owned());
    ["lab".to_owned(), "actor".into(), role.into()].into_iter().chain(numbers).chain(flag).collect()
}

/// Sets the field of an actor's `struct shmid_ds` that a path such as `ds.shm_perm.mode` ends in.
pub fn set_field(owner: &mut Owner, path: &str, value: i64) {
    let number = u32::try_from(value).unwrap_or(u32::MAX);
    match path.rsplit('.').next() {
        Some("shm_segsz") => owner.size = value.cast_unsigned(),
        Some("mode") => owner.mode = number,
        Some("uid") => owner.uid = number,
        Some("gid") => owner.gid = number,
        _ => {}
    }
}
