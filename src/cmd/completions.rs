//! `lab completions SHELL`: a script with which a shell completes lab's commands and options. It leaves out what lab
//! starts by itself.

use clap::{Command, CommandFactory};

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Error;
use crate::output::screen::write_all;
use crate::text::Safe;

/// Prints it.
pub fn run(args: &CompletionsArgs) -> Result<(), Error> {
    let whole = Cli::command();
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut lab = Command::new("lab").version("").disable_help_subcommand(true).subcommands(shown);
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut lab, "lab", &mut script);
    write_all(&Safe::lines(&String::from_utf8_lossy(&script)))
}
