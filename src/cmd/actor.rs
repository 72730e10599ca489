//! `lab actor`: the other side of the stage's fork. It refuses to do anything for a person who types it.

use crate::cli::ActorArgs;
use crate::error::Error;
use crate::runner::actor;
use crate::sys::channel::Channel;
use crate::sys::process;

/// Serves as an actor on an inherited socket, and refuses a person, who has handed down none; the exit status.
pub fn run(args: &ActorArgs) -> Result<u8, Error> {
    let channel = Channel::inherited(args.fd).map_err(|_| {
        Error::Usage("`lab actor` is how lab starts its own processes; try `lab step-through`".into())
    })?;
    // The exec may have reset the signal that this process gets when the main process dies, and that may be gone
    // by now.
    if !process::die_with(args.main_process) {
        return Ok(0);
    }
    Ok(u8::try_from(actor::serve(channel, &args.role, args.confined)).unwrap_or(1))
}
