//! What a lesson may not do, wherever it comes from: fill the memory, carry endless texts, touch a segment that
//! is not of this run. It refuses before the call is made and judges nothing else.

use super::Stage;
use super::request::{Arg, Request};
use crate::error::Error;
use crate::facts::outcome::low_int;
use crate::lesson::{Action, Function, SANDBOX_ONLY};

/// The most memory that a lesson may ask for and fill in all its steps. Beyond it only a request that no machine can
/// grant is let through: it fails, as the lesson wants.
const MAX_SEGMENT_BYTES: i64 = 256 * 1024 * 1024;
const SURE_TO_FAIL: i64 = 1 << 60;
/// The longest text that a call may carry: what `puts` reads at most.
const MAX_TEXT: usize = 4096;

impl Stage {
    /// What a lesson may not do, wherever it comes from.
    pub(super) fn permit(&self, step: &Action, request: &Request) -> Result<(), Error> {
        let Request::Call { function, args, .. } = request else { return Ok(()) };
        let bytes = weight(request);
        if bytes < SURE_TO_FAIL && self.bytes.saturating_add(bytes) > MAX_SEGMENT_BYTES {
            return Err(Error::Refused(format!(
                "`{}` asks for {bytes} bytes, and a lesson may have {MAX_SEGMENT_BYTES} in all; it has had {}",
                step.call, self.bytes
            )));
        }
        if self.on_host() && SANDBOX_ONLY.contains(function) {
            return Err(Error::Refused(format!(
                "`{}` is made in a sandbox only, because lab could not remove what it makes; leave out `--host`",
                step.call
            )));
        }
        if args.iter().any(|arg| matches!(arg, Arg::Text(text) if text.len() > MAX_TEXT)) {
            return Err(Error::Refused(format!(
                "a text of more than {MAX_TEXT} bytes can't be passed to `{}`",
                step.call.name()
            )));
        }
        let id = low_int(int(args, 0));
        if self.on_host()
            && matches!(function, Function::Shmat | Function::Shmctl)
            && !self.ledger.resources.owns(id)
        {
            return Err(Error::Refused(format!(
                "segment {id} was not made in this run, and on the host a lesson may not touch it; leave out `--host` to play in a sandbox"
            )));
        }
        Ok(())
    }

    /// Remembers what a request was given.
    pub(super) fn count(&mut self, request: &Request) {
        let bytes = weight(request);
        if bytes < SURE_TO_FAIL {
            self.bytes = self.bytes.saturating_add(bytes);
        }
    }
}

fn int(args: &[Arg], at: usize) -> i64 {
    match args.get(at) {
        Some(Arg::Int(value)) => *value,
        _ => 0,
    }
}

/// How many bytes a request asks for or fills.
fn weight(request: &Request) -> i64 {
    let Request::Call { function, args, .. } = request else { return 0 };
    match function {
        Function::Shmget | Function::Mmap => int(args, 1),
        Function::Memset => int(args, 2),
        Function::Malloc => int(args, 0),
        _ => 0,
    }
    .max(0)
}
