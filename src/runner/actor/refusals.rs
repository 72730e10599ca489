//! What an actor refuses to do, since a lesson may come from a stranger: to touch memory that is not the lesson's, and to
//! name a file outside of the run's folder.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::{Actor, MAX_TEXT};
use crate::lesson::{Function, names_inside};
use crate::runner::loops;
use crate::runner::request::{Arg, Args, Half, Refusal, Request};
use crate::sys::{memory, shm};

impl Actor {
    /// Why a request is not met, if it is not: it would touch what is not the lesson's. Asked outside the marks,
    /// since it is lab that looks and not the lesson.
    pub(super) fn refusal(&self, request: &Request) -> Option<Refusal> {
        let touch = |address: u64, length: u64| self.reach.touch(address, length).err().map(Refusal::Memory);
        match request {
            Request::Call { function, args, .. } => self.refused(*function, Args(args)),
            Request::Race(Half { function: Function::Tear, address, .. }) => {
                touch(*address, loops::TEXT_BYTES as u64)
            }
            Request::Race(half) => touch(memory::aligned(half.address), size_of::<u64>() as u64),
            Request::Store { address, bytes } => touch(*address, bytes.len() as u64),
            Request::Load { address, length } | Request::Peek { address, length } => {
                touch(*address, *length as u64)
            }
            Request::Literal { .. }
            | Request::Assign { .. }
            | Request::Field { .. }
            | Request::Fate { .. } => None,
        }
    }

    fn refused(&self, function: Function, args: Args<'_>) -> Option<Refusal> {
        let number = |at| args.long(at);
        let memory = |touched: Result<(), u64>| touched.err().map(Refusal::Memory);
        match function {
            Function::Strcpy => match args.get(1) {
                Some(Arg::Text(text)) => memory(self.reach.touch(number(0), text.len() as u64 + 1)),
                _ => memory(self.reach.touch(number(0), 1)),
            },
            Function::Memset => memory(self.reach.touch(number(0), number(2))),
            Function::Puts => match args.first() {
                Some(Arg::Text(_)) => None,
                _ => self.unended(number(0)),
            },
            Function::Printf => match args.get(1) {
                Some(Arg::Int(_)) => self.unended(number(1)),
                _ => None,
            },
            Function::Ftok => match args.first() {
                Some(Arg::File(_)) => None,
                Some(Arg::Text(path)) => outside(path),
                _ => self.unended(number(0)).or_else(|| outside(&self.own_text(number(0)))),
            },
            Function::Shmat if number(2) & u64::from(libc::SHM_REMAP.cast_unsigned()) != 0 => {
                memory(self.may_replace(args.int(0), number(1)))
            }
            Function::Mmap if number(3) & u64::from(libc::MAP_ANONYMOUS.cast_unsigned()) == 0 => {
                Some(Refusal::Descriptor)
            }
            _ => self.pipes.refusal(function, args, &self.reach),
        }
    }

    /// Why a text can't be read: no NUL ends it before lab's own memory begins.
    fn unended(&self, at: u64) -> Option<Refusal> {
        let (_, edge) = self.reach.text(at, MAX_TEXT as u64);
        let ended = |edge: u64| at + (self.own_text(at).len() as u64) < edge;
        edge.filter(|edge| !ended(*edge)).map(Refusal::Memory)
    }

    /// A text of the lesson's own, as far as it can be read.
    fn own_text(&self, at: u64) -> Vec<u8> {
        let (most, _) = self.reach.text(at, MAX_TEXT as u64);
        memory::readable_string(at, most)
    }

    /// Whether SHM_REMAP may put this segment here. What the kernel says of the segment counts only where no filter
    /// of the lesson's answers in its place.
    fn may_replace(&self, id: i32, at: u64) -> Result<(), u64> {
        match shm::stat(id) {
            Ok(segment) => self.reach.replace(at, segment.size),
            Err(_) if shm::highest_index().is_ok() => Ok(()),
            Err(_) => Err(at),
        }
    }
}

/// Why a path is refused: it leads out of the folder that the actors work in.
fn outside(path: &[u8]) -> Option<Refusal> {
    let stays = names_inside(Path::new(OsStr::from_bytes(path))).is_some();
    (!stays).then(|| Refusal::Path(path.to_vec()))
}
