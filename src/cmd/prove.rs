//! `lab prove`: plays one proof of the quiz in a sandbox and says what came of it, as JSON. It refuses to do
//! anything for a person who types it.

use std::io::{self, IsTerminal, Read};

use super::clean;
use crate::cli::ProveArgs;
use crate::error::Error;
use crate::lesson::MAX_FILE_BYTES;
use crate::output::screen::json_line;
use crate::quiz::proof::Request;
use crate::quiz::run;
use crate::runner::ground;
use crate::sys::{process, signals};

/// Reads a proof, plays it, writes what came of it.
///
/// # Errors
/// Nobody handed down a proof: this was typed. Whatever ends a run.
pub fn run(args: &ProveArgs) -> Result<(), Error> {
    let typed = || Error::Usage("`lab prove` is how lab asks the kernel; try `lab quiz`".into());
    let mut text = Vec::new();
    if io::stdin().is_terminal() || !process::die_with_pid(args.asker) {
        return Err(typed());
    }
    let read = io::stdin().take(MAX_FILE_BYTES as u64).read_to_end(&mut text);
    read.map_err(Error::context("read the proof"))?;
    let request: Request = serde_json::from_slice(&text).map_err(|_| typed())?;
    signals::take_over(false);
    process::set_umask(0o077);
    let warnings = clean::silently();
    let (ground, limits_hold) = ground::choose(false, &run::as_script(&request), "", false)?;
    let mut proof = run::prove(&request, ground, limits_hold)?;
    proof.warnings = warnings;
    json_line(&proof)
}
