//! What carries bytes through the kernel, for an actor: pipes and message queues. A pipe is held here by the name that the
//! lesson gave it, so that a lesson can name no descriptor that is not one of its pipes'. It refuses what the actor may
//! not touch, and makes one call at a time.

use std::collections::BTreeMap;

use super::request::{Arg, Args, Refusal, Reply};
use crate::lesson::Function;
use crate::sys::msg;
use crate::sys::pipe::Pipe;
use crate::sys::reach::Reach;

/// The pipes that an actor has made, or had when it was forked.
#[derive(Debug, Default)]
pub struct Pipes(BTreeMap<String, Pipe>);

/// Where a call's bytes are in memory: where they begin, and how many there are.
fn bytes(function: Function, args: Args<'_>) -> Option<(u64, u64)> {
    match function {
        Function::Read | Function::Write => Some((args.long(1), args.long(2))),
        Function::Msgsnd | Function::Msgrcv => Some((args.long(1), args.long(2).saturating_add(msg::HEADER))),
        _ => None,
    }
}

impl Pipes {
    /// Why a call is not made, if it is not: its bytes are not the lesson's, or this actor has no such pipe.
    pub fn refusal(&self, function: Function, args: Args<'_>, reach: &Reach) -> Option<Refusal> {
        if let Some(Arg::End { pipe, .. }) = args.first()
            && !self.0.contains_key(pipe)
        {
            return Some(Refusal::Pipe(pipe.clone()));
        }
        let (start, length) = bytes(function, args)?;
        reach.touch(start, length).err().map(Refusal::Memory)
    }

    /// Makes one of these calls.
    pub fn call(&mut self, function: Function, args: Args<'_>) -> Reply {
        let (long, int) = (|at| args.long(at), |at| args.int(at));
        match (function, args.first()) {
            (Function::Pipe, Some(Arg::Name(name))) => Reply::done(Pipe::new().map(|pipe| {
                // One that had this name before is closed.
                self.0.insert(name.clone(), pipe);
            })),
            (Function::Read | Function::Write, Some(Arg::End { pipe, end })) => match self.0.get(pipe) {
                Some(pipe) if function == Function::Read => Reply::value(pipe.read(*end, long(1), long(2))),
                Some(pipe) => Reply::value(pipe.write(*end, long(1), long(2))),
                None => Reply::failed(libc::EBADF),
            },
            (Function::Msgget, _) => Reply::value(msg::msgget(int(0), int(1))),
            (Function::Msgsnd, _) => Reply::done(msg::msgsnd(int(0), long(1), long(2), int(3))),
            (Function::Msgrcv, _) => {
                Reply::value(msg::msgrcv(int(0), long(1), long(2), long(3).cast_signed(), int(4)))
            }
            (Function::Msgctl, _) => Reply::done(msg::msgctl(int(0), int(1))),
            _ => Reply::failed(libc::ENOSYS),
        }
    }
}
