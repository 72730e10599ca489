//! `lab`: parses the command line, runs one command, and turns what came of it into an exit status. Nothing
//! else decides one. The C entry point is in `sys::start`, which says why.

#![cfg_attr(not(test), no_main)]

mod cli;
mod cmd;
mod constants;
mod diagnostic;
mod error;
mod facts;
mod lesson;
mod output;
mod progress;
mod quiz;
mod runner;
mod session;
#[allow(unsafe_code)]
mod sys;
mod text;
#[cfg(test)]
mod text_tests;
mod trace;

use clap::Parser;
use clap::builder::StyledStr;
use clap::error::ContextValue;

use cli::{Cli, Command};
use error::Error;
use text::Safe;

sys::start::entry!(lab);

/// The whole program; its exit status. Called by the entry point.
#[cfg_attr(test, expect(dead_code, reason = "tests have an entry point of their own"))]
fn lab() -> u8 {
    std::panic::set_hook(Box::new(|panic| {
        output::screen::complain(Safe::line(&panic.to_string().replace('\n', " ")))
    }));
    let error = match Cli::try_parse() {
        Ok(cli) => match run(cli) {
            Ok(status) => return status,
            Err(error) => error,
        },
        Err(error) if error.use_stderr() => Error::Arguments(usage(error)),
        Err(help) => match output::screen::write_all(&Safe::lines(&help.to_string())) {
            Ok(()) => return 0,
            Err(error) => error,
        },
    };
    let words = error.to_string();
    if !words.is_empty() {
        output::screen::complain(Safe::lines(&words));
    }
    if let Some(signal) = error.signal() {
        sys::signals::die_of(signal);
    }
    error.status()
}

fn run(cli: Cli) -> Result<u8, Error> {
    match cli.command {
        None => cmd::home::run()?,
        Some(Command::StepThrough(args)) => cmd::step_through::run(args)?,
        Some(Command::Demo(args)) => cmd::demo::run(args)?,
        Some(Command::Schema(args)) => cmd::schema::run(&args)?,
        Some(Command::List(args)) => cmd::list::run(&args)?,
        Some(Command::Validate(args)) => cmd::validate::run(&args)?,
        Some(Command::Reset(args)) => cmd::reset::run(&args)?,
        Some(Command::Help(args)) => cmd::help::run(&args)?,
        Some(Command::Man) => cmd::man::run()?,
        Some(Command::Completions(args)) => cmd::completions::run(&args)?,
        Some(Command::Clean(args)) => cmd::clean::run(&args)?,
        Some(Command::Trace(args)) => return cmd::trace::run(&args),
        Some(Command::Quiz(args)) => cmd::quiz::run(&args)?,
        Some(Command::Actor(args)) => return cmd::actor::run(&args),
    }
    Ok(0)
}

/// Clap's lines without its own prefix, with the words of the command line made safe, and without one of a hundred
/// kilobytes in the middle.
fn usage(mut error: clap::Error) -> Vec<String> {
    const MAX_ERROR_CHARS: usize = 200;
    let found: Vec<_> = error.context().map(|(kind, value)| (kind, value.clone())).collect();
    for (kind, value) in found {
        let tip = |tip: &StyledStr| StyledStr::from(text::line(&tip.to_string()).into_owned());
        let safe = match value {
            ContextValue::String(word) => ContextValue::String(text::line(&word).into_owned()),
            ContextValue::Strings(words) => {
                ContextValue::Strings(words.iter().map(|word| text::line(word).into_owned()).collect())
            }
            ContextValue::StyledStrs(tips) => ContextValue::StyledStrs(tips.iter().map(tip).collect()),
            own => own,
        };
        error.insert(kind, safe);
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    text.lines().map(|line| text::shortened(line, MAX_ERROR_CHARS).into_owned()).collect()
}
