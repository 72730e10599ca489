//! `lab compare`: measures one message by five ways and shows what each costs on this machine. On a terminal a line says how
//! far it is, and goes when it is done.

use std::io::{self, IsTerminal};

use crate::cli::CompareArgs;
use crate::error::Error;
use crate::output::compare as words;
use crate::output::screen::{json_line, write_all};
use crate::runner::compare::{self, Plan, ROUNDS};
use crate::sys::signals;
use crate::text::Safe;

/// Takes the line away that says how far it is.
const NOTHING: &str = "\r                    \r";

pub fn run(args: &CompareArgs) -> Result<(), Error> {
    signals::take_over(false);
    let plan = Plan { sizes: args.bytes.0.clone(), time: args.seconds };
    let screen = args.looks.screen();
    let shows = io::stdout().is_terminal() && !args.json && !screen.look.plain;
    if !args.json {
        screen.show(&words::opening())?;
    }
    let found = compare::play(&plan, &mut |round| match shows {
        true => write_all(&Safe::line(&format!("round {} of {ROUNDS}", round + 1)).after("\r")),
        false => Ok(()),
    });
    if shows {
        // Also before what goes wrong is said.
        let _ = write_all(&Safe::own(NOTHING));
    }
    let found = found?;
    if args.json {
        words::json(&found).iter().try_for_each(json_line)?;
    } else {
        screen.show(&words::report(&found, screen.look, screen.width()))?;
    }
    match found.ways.is_empty() {
        true => Err(Error::Machine("none of the five ways works on this machine".into())),
        false => Ok(()),
    }
}
