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
mod orders;
mod output;
mod progress;
mod quiz;
mod runner;
mod session;
#[allow(unsafe_code)]
mod sys;
mod task;
mod text;
#[cfg(test)]
mod text_tests;
mod trace;
mod usage;

use std::ffi::OsString;

use clap::Parser;

use cli::{ActorArgs, Cli, Command};
use error::Error;
use text::Safe;

sys::start::entry!(lab);

/// The whole program; its exit status. Called by the entry point.
#[cfg_attr(test, expect(dead_code, reason = "tests have an entry point of their own"))]
fn lab() -> u8 {
    std::panic::set_hook(Box::new(|panic| {
        output::screen::complain(Safe::line(&panic.to_string().replace('\n', " ")))
    }));
    let args: Vec<OsString> = std::env::args_os().collect();
    let read = match ActorArgs::of(&args) {
        Some(actor) => Ok(Cli { command: Some(Command::Actor(actor)) }),
        None => Cli::try_parse_from(&args),
    };
    let error = match read {
        Ok(cli) => match run(cli) {
            Ok(status) => return status,
            Err(error) => error,
        },
        Err(error) if error.use_stderr() => usage::error(&error, &args),
        Err(_) => match cmd::help::show(&cmd::help::asked(&args).unwrap_or_default()) {
            Ok(()) => return 0,
            Err(error) => error,
        },
    };
    output::screen::complain_of(&error);
    if let Some(signal) = error.signal() {
        sys::signals::die_of(signal);
    }
    error.status()
}

fn run(cli: Cli) -> Result<u8, Error> {
    match cli.command {
        None => cmd::home::run()?,
        Some(Command::StepThrough(args)) => cmd::step_through::run(args)?,
        Some(Command::Server(args)) => cmd::server::run(args)?,
        Some(Command::Client(args)) => cmd::client::run(args)?,
        Some(Command::Demo(args)) => cmd::demo::run(args)?,
        Some(Command::Source(args)) => cmd::source::run(&args)?,
        Some(Command::Schema(args)) => cmd::schema::run(&args)?,
        Some(Command::List(args)) => cmd::list::run(&args.settled())?,
        Some(Command::Validate(args)) => cmd::validate::run(&args)?,
        Some(Command::Reset(args)) => cmd::reset::run(&args)?,
        Some(Command::Help(args)) => cmd::help::run(&args)?,
        Some(Command::Man(args)) => cmd::man::run(&args)?,
        Some(Command::Completions(args)) => cmd::completions::run(&args)?,
        Some(Command::Doctor(args)) => cmd::doctor::run(&args)?,
        Some(Command::Clean(args)) => cmd::clean::run(&args)?,
        Some(Command::Trace(args)) => return cmd::trace::run(&args),
        Some(Command::Orders(args)) => return cmd::orders::run(&args),
        Some(Command::Compare(args)) => cmd::compare::run(&args)?,
        Some(Command::Quiz(args)) => cmd::quiz::run(&args.settled())?,
        Some(Command::New(args)) => cmd::new::run(&args)?,
        Some(Command::Task(args)) => cmd::task::run(&args)?,
        Some(Command::Actor(args)) => return cmd::actor::run(&args),
        Some(Command::Player(args)) => return Ok(task::player::serve(&args.orders)),
    }
    Ok(0)
}
