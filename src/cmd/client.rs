//! `lab client`: the sheet's second program, in another terminal. It attaches and removes only a segment that a record of
//! ours matches in every field.

use super::terminals::{self, Found, Role, Seen, WaitingState};
use crate::cli::ClientArgs;
use crate::error::Error;

/// Plays the client, if the key has a segment and it is ours.
pub fn run(args: ClientArgs) -> Result<(), Error> {
    terminals::play(Role::Client, args.terminal, None, |seen| match seen {
        Seen::Waiting(found) => waits(found).map(Some),
        Seen::Nothing { key } => Err(Error::Unmet(format!(
            "no segment has the key {key}: start `lab server` in another terminal, let it end, then run `lab client` again"
        ))),
        Seen::Foreign(why) => Err(Error::Unmet(why)),
    })
}

/// The segment, and what to know before it is read; or why it is not to be read now.
fn waits(mut found: Box<Found>) -> Result<Box<Found>, Error> {
    let segment = found.segment();
    match found.state() {
        WaitingState::Waits(_) => {}
        WaitingState::ServerKilled(pid) => {
            let written = match found.rss() {
                Some(0) => "Its rss is 0, so no process has written to it: expect an empty line",
                _ => "It may have written all of its message, or only a part",
            };
            found.warning = Some(format!(
                "the `lab server` that made {segment}, process {pid}, was killed before it ended. {written}."
            ));
        }
        WaitingState::ClientKilled(pid) => {
            found.warning = Some(format!(
                "a `lab client`, process {pid}, has found {segment} before and was killed before it removed it. The message is still there."
            ));
        }
        WaitingState::ServerRuns(pid) => {
            return Err(Error::Unmet(format!(
                "the `lab server` that made {segment}, process {pid}, has not ended. The sheet's client would read what is there now and remove the segment; this one waits: let the server end, then run `lab client` again"
            )));
        }
        WaitingState::ClientRuns(pid) => {
            return Err(Error::Unmet(format!(
                "another `lab client`, process {pid}, is reading {segment} and will remove it. Let that one end, then start `lab server` for a new message"
            )));
        }
        WaitingState::Held => {
            return Err(Error::Unmet(format!(
                "another command of lab, such as `lab clean`, has the record of {segment} right now. Try again when that has ended"
            )));
        }
    }
    Ok(found)
}
