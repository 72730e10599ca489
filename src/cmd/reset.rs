//! `lab reset`: forgets which lessons were played and what was answered in the quiz. It asks first where somebody can answer.

use std::io::{self, IsTerminal};

use crate::cli::Reset;
use crate::error::Trouble;
use crate::output::screen::write_all;
use crate::progress::Progress;
use crate::quiz::record::Record;
use crate::session::{Keyboard, Pace};
use crate::text::Safe;

/// Forgets all progress.
///
/// # Errors
/// Nobody could be asked, or the file can't be removed.
pub fn run(args: &Reset) -> Result<(), Trouble> {
    if !args.yes {
        if !io::stdin().is_terminal() {
            return Err(Trouble::Usage("nobody is here to confirm it; say `lab reset --yes`".into()));
        }
        write_all(&Safe::own("forget which lessons were played and what was answered in the quiz? [y/N] "))?;
        let answer = Keyboard::new(Pace::Lines).line()?.unwrap_or_default();
        if !answer.eq_ignore_ascii_case(b"y") && !answer.eq_ignore_ascii_case(b"yes") {
            return write_all(&Safe::own("nothing was forgotten\n"));
        }
    }
    let forgotten = Progress::reset().and_then(|()| Record::reset());
    forgotten.map_err(Trouble::while_doing("forget the progress"))?;
    write_all(&Safe::own("all progress is forgotten\n"))
}
