//! `lab actor`: the other side of the stage's fork. It refuses to do anything for a person who types it.

use crate::cli::Actor;
use crate::error::Trouble;
use crate::runner::actor;
use crate::sys::channel::Wire;
use crate::sys::process;

/// Serves as an actor on an inherited socket; the exit status.
///
/// # Errors
/// Nobody handed down a socket: this was typed.
pub fn run(args: &Actor) -> Result<u8, Trouble> {
    let wire = Wire::inherited(args.fd).map_err(|_| {
        Trouble::Usage("`lab actor` is how lab starts its own processes; try `lab step-through`".into())
    })?;
    // The exec may have lost the wish to die with the narrator, who may be gone by now.
    if !process::die_with_pid(args.narrator) {
        return Ok(0);
    }
    Ok(u8::try_from(actor::serve(wire, &args.role, args.confined)).unwrap_or(1))
}
