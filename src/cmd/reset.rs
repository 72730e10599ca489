//! `lab reset`: forgets which lessons were played and what was answered in the quiz. It asks first where somebody can answer.

use std::io::{self, IsTerminal};

use crate::cli::ResetArgs;
use crate::error::Error;
use crate::output::screen::write_all;
use crate::progress::Progress;
use crate::quiz::record::QuizRecord;
use crate::session::{Keyboard, PauseMode};
use crate::text::Safe;

/// Forgets all progress.
///
/// # Errors
/// Nobody could be asked, or the file can't be removed.
pub fn run(args: &ResetArgs) -> Result<(), Error> {
    if !args.yes {
        if !io::stdin().is_terminal() {
            return Err(Error::Usage("nobody is here to confirm it; say `lab reset --yes`".into()));
        }
        write_all(&Safe::own("forget which lessons were played and what was answered in the quiz? [y/N] "))?;
        let answer = Keyboard::new(PauseMode::Lines).line()?.unwrap_or_default();
        if !answer.eq_ignore_ascii_case(b"y") && !answer.eq_ignore_ascii_case(b"yes") {
            return write_all(&Safe::own("nothing was forgotten\n"));
        }
    }
    let forgotten = Progress::reset().and_then(|()| QuizRecord::reset());
    forgotten.map_err(Error::context("forget the progress"))?;
    write_all(&Safe::own("all progress is forgotten\n"))
}
