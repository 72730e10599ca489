//! `lab reset`: forgets which lessons were played and what was answered in the quiz. It asks first, and without a
//! terminal to ask on it wants `--yes`.

use std::io::{self, IsTerminal};

use crate::cli::ResetArgs;
use crate::error::Error;
use crate::output::screen::Screen;
use crate::progress::Progress;
use crate::quiz::record::QuizRecord;
use crate::session;

/// Forgets all progress.
///
/// # Errors
/// There is no terminal to ask on, or a file can't be removed.
pub fn run(args: &ResetArgs) -> Result<(), Error> {
    let screen = Screen::new(args.looks.display_of_lines());
    if !args.yes {
        if !io::stdin().is_terminal() {
            return Err(Error::Usage("nobody is here to confirm it; say `lab reset --yes`".into()));
        }
        let question = "forget which lessons were played and what was answered in the quiz?";
        if !session::confirm(&screen, None, question, false)? {
            return screen.say("nothing was forgotten");
        }
    }
    let forgotten = Progress::reset().and_then(|()| QuizRecord::reset());
    forgotten.map_err(Error::context("forget the progress"))?;
    screen.say("all progress is forgotten")
}
