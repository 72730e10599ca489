//! `lab server`: the sheet's first program, in a terminal of its own. It plays only where no segment has the key, and
//! leaves its segment behind for `lab client`.

use super::terminals::{self, Role, Seen, WaitingState};
use crate::cli::ServerArgs;
use crate::error::Error;

/// Plays the server, if no segment has the key.
pub fn run(args: ServerArgs) -> Result<(), Error> {
    terminals::play(Role::Server, args.terminal, args.message, |seen| match seen {
        Seen::Nothing { .. } => Ok(None),
        Seen::Waiting(waiting) => Err(Error::Unmet(taken(&waiting))),
        Seen::Foreign(why) => Err(Error::Unmet(why)),
    })
}

/// What has the key, and what to do about it.
fn taken(waiting: &terminals::Found) -> String {
    let segment = waiting.segment();
    match waiting.state() {
        WaitingState::Waits(age) => format!(
            "{segment} is there already: `lab server` made it {age} and left it for `lab client`. Run `lab client` in another terminal to read and remove it, or remove it with `lab clean`"
        ),
        WaitingState::ServerKilled(pid) => format!(
            "{segment} is there already: a `lab server`, process {pid}, made it and was killed before it ended. Run `lab client` to see what it holds, or remove it with `lab clean`"
        ),
        WaitingState::ClientKilled(pid) => format!(
            "{segment} is there already: a `lab client`, process {pid}, was killed before it removed it. Run `lab client` again, or remove it with `lab clean`"
        ),
        WaitingState::ServerRuns(pid) => format!(
            "{segment} is there already: another `lab server`, process {pid}, is using it. Let that one end, then run `lab client`"
        ),
        WaitingState::ClientRuns(pid) => format!(
            "{segment} is still there: a `lab client`, process {pid}, is reading it. Let that one end, then start `lab server` again"
        ),
        WaitingState::Held => format!(
            "{segment} is there already, and another command of lab, such as `lab clean`, has its record right now. Try again when that has ended"
        ),
    }
}
