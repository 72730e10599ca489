//! `lab`: parses the command line, runs one command, and turns what came of it into an exit status. Nothing
//! else decides one. The C entry point is in `kernel::start`, which says why.

#![cfg_attr(not(test), no_main)]

mod cli;
mod cmd;
mod event;
#[allow(unsafe_code)]
mod kernel;
mod lesson;
mod names;
mod play;
mod progress;
mod quiz;
mod stage;
mod tell;
mod trace;
mod trouble;

use clap::Parser;
use std::io::Write;

use cli::{Cli, Command};
use trouble::Trouble;

/// The whole program; its exit status. Called by the entry point.
#[cfg_attr(test, expect(dead_code, reason = "tests have an entry point of their own"))]
fn lab() -> u8 {
    let trouble = match Cli::try_parse() {
        Ok(cli) => match run(cli) {
            Ok(status) => return status,
            Err(trouble) => trouble,
        },
        Err(error) if error.use_stderr() => Trouble::Usage(usage(&error)),
        Err(help) => match tell::screen::write_all(help.to_string().as_bytes()) {
            Ok(()) => return 0,
            Err(trouble) => trouble,
        },
    };
    let words = trouble.to_string();
    if !words.is_empty() {
        // Standard error may be closed or full; the exit status says it all the same.
        let _ = writeln!(std::io::stderr(), "lab: {words}");
    }
    if let Some(signal) = trouble.signal() {
        kernel::signals::die_of(signal);
    }
    trouble.status()
}

fn run(cli: Cli) -> Result<u8, Trouble> {
    match cli.command {
        None => tell::screen::write_all(cli::ABOUT.as_bytes())?,
        Some(Command::StepThrough(args)) => cmd::step_through::run(args)?,
        Some(Command::Demo(args)) => cmd::demo::run(args)?,
        Some(Command::Schema) => cmd::schema::run()?,
        Some(Command::List(args)) => cmd::list::run(&args)?,
        Some(Command::Validate(args)) => cmd::validate::run(&args)?,
        Some(Command::Reset(args)) => cmd::reset::run(&args)?,
        Some(Command::Clean(args)) => cmd::clean::run(&args)?,
        Some(Command::Trace(args)) => return cmd::trace::run(&args),
        Some(Command::Quiz(args)) => cmd::quiz::run(&args)?,
        Some(Command::Prove(args)) => cmd::prove::run(&args)?,
        Some(Command::Actor(args)) => return cmd::actor::run(&args),
    }
    Ok(0)
}

/// Clap's words without its own prefix, and without an argument of a hundred kilobytes in the middle.
fn usage(error: &clap::Error) -> String {
    const LONGEST: usize = 200;
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    let short = |line: &str| match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    };
    text.lines().map(short).collect::<Vec<_>>().join("\n")
}
