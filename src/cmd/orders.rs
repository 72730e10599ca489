//! `lab orders`: finds the programs, has them played in every order, and reports how the orders end.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use super::library;
use super::trace::program;
use crate::cli::OrdersArgs;
use crate::error::{Error, plain};
use crate::orders::report::{Class, Report, Why};
use crate::orders::{self, Plan, Program, Task};
use crate::output::orders as words;
use crate::output::screen::json_line;
use crate::runner::ground;
use crate::sys::{held_launch, signals};
use crate::text::{path_text, shell_word};

/// More programs have more orders than anybody plays.
const MAX_PROGRAMS: usize = 6;
/// How much of a file a program can read as its input.
const MAX_INPUT: usize = 1 << 20;

/// Plays the orders; the exit status.
pub fn run(args: &OrdersArgs) -> Result<u8, Error> {
    signals::take_over(false);
    let programs = programs(args)?;
    let roles: Vec<String> = programs.iter().map(|program| program.role.clone()).collect();
    let way = ground::sandbox_way()?.map_err(|(call, error)| {
        Error::Machine(format!(
            "`lab orders` needs a sandbox for each order, and there is none here: {call} was refused, {}",
            plain(&error)
        ))
    })?;
    let here = std::env::current_dir().map_err(Error::context("find the working folder"))?;
    let task = match (args.replay, args.stress) {
        (Some(number), _) => Task::Replay { number },
        (_, Some(runs)) => Task::Stress { runs },
        _ => Task::Explore { max: args.max },
    };
    let plan = Plan { programs, task, time: args.seconds, here };
    let file = args.report.file()?;
    let screen = (!args.json).then(|| args.looks.screen());
    if let Some(screen) = &screen {
        screen.show(&words::opening(&args.programs.join(" and "), task))?;
    }
    let report = orders::play(&plan, way)?;
    // An order that was asked for and is not there is an error, and nothing to show.
    let absent = matches!(task, Task::Replay { .. }) && report.shown.is_none();
    let interrupted = if let Why::Interrupted(signal) = report.reached.why { Some(signal) } else { None };
    let tells = match (interrupted, &screen) {
        (Some(_), _) => report.reached.played > 0,
        (None, None) => true,
        (None, Some(_)) => !absent && (report.reached.why != Why::Lost || report.reached.played > 0),
    };
    match &screen {
        _ if interrupted.is_some() || !tells => {}
        None => words::json(&report).iter().try_for_each(json_line)?,
        Some(screen) => screen.show(&match task {
            Task::Replay { .. } => words::replayed(&report, &roles),
            Task::Stress { .. } => words::stressed(&report, &roles),
            Task::Explore { .. } => words::report(&report, &roles, &typed(args)),
        })?,
    }
    if let Some(file) = file.filter(|_| tells && !absent) {
        let typed = args.programs.join(" and ");
        let told = words::Told { report: &report, roles: &roles, typed: &typed, task };
        let written = file.write(&words::handed_in(&told))?;
        screen.iter().try_for_each(|screen| screen.show(std::slice::from_ref(&written)))?;
    }
    interrupted.map_or_else(|| status(&report, task), |signal| Err(Error::Interrupted(signal)))
}

/// 0 where all of them came to their end, and to the same.
fn status(report: &Report, task: Task) -> Result<u8, Error> {
    if report.reached.why == Why::Lost {
        return Err(Error::Machine(
            "the programs ended lab's process that plays the orders: a program that signals its parent, or everybody, can't be played"
                .into(),
        ));
    }
    let ends: Vec<_> = match (task, &report.shown) {
        (Task::Replay { number }, None) => {
            return Err(Error::Usage(format!(
                "there is no order `{number}`: the last one is {}; leave out `--replay` to see what there is",
                report.reached.played
            )));
        }
        (Task::Replay { .. }, Some((_, played))) => vec![&played.ending],
        (Task::Stress { .. }, _) => report.stressed.iter().map(|(ending, _)| ending).collect(),
        (Task::Explore { .. }, _) => report.classes.iter().map(Class::ending).collect(),
    };
    Ok(u8::from(ends.len() > 1 || ends.iter().any(|ending| ending.cut.is_some())))
}

/// The words behind `lab orders` that lead to the same orders.
fn typed(args: &OrdersArgs) -> String {
    let inputs = args.stdin.iter().map(|input| format!("--stdin {}", shell_word(input)));
    inputs.chain(args.programs.iter().map(|program| shell_word(program))).collect::<Vec<_>>().join(" ")
}

fn programs(args: &OrdersArgs) -> Result<Vec<Program>, Error> {
    if args.programs.len() > MAX_PROGRAMS {
        return Err(Error::Usage(format!(
            "{} programs have too many orders: `lab orders` takes 1 to {MAX_PROGRAMS}; see `lab orders --help`",
            args.programs.len()
        )));
    }
    let mut inputs = Vec::new();
    for input in &args.stdin {
        let Some((role, file)) = input.split_once('=') else {
            return Err(Error::Usage(format!(
                "`{input}` names no program: `--stdin` takes ROLE=FILE, such as server=message.txt; see `lab orders --help`"
            )));
        };
        inputs.push((role, file));
    }
    let mut programs: Vec<Program> = Vec::new();
    for typed in &args.programs {
        let words = split(typed)?;
        let word = words.first().map_or(OsStr::new(""), OsString::as_os_str);
        let (path, _) = program(word)?;
        let path = fs::canonicalize(&path).unwrap_or(path);
        let name = Path::new(word).file_name().unwrap_or(word).to_string_lossy().into_owned();
        let same = |role: &str| programs.iter().any(|program| program.role == role);
        let others = (2..).map(|number| format!("{name}-{number}"));
        let role = std::iter::once(name.clone()).chain(others).find(|role| !same(role)).unwrap_or(name);
        let found = inputs.iter().find(|(wanted, _)| *wanted == role);
        let text = match found {
            Some((_, file)) => read(file)?,
            None => format!("hello from {role}\n").into_bytes(),
        };
        let input = held_launch::text(&text).map_err(Error::context("make a program's input"))?;
        programs.push(Program { role, path, args: words, input });
    }
    let known = |role: &str| programs.iter().any(|program| program.role == role);
    if let Some((role, _)) = inputs.iter().find(|(role, _)| !known(role)) {
        let roles: Vec<&str> = programs.iter().map(|program| program.role.as_str()).collect();
        return Err(Error::Usage(format!(
            "`{role}` is none of the programs: `--stdin` takes {}; see `lab orders --help`",
            roles.join(" or ")
        )));
    }
    Ok(programs)
}

fn read(file: &str) -> Result<Vec<u8>, Error> {
    let path = Path::new(file);
    let bytes = library::bytes(path, MAX_INPUT)?;
    if bytes.len() > MAX_INPUT {
        let named = path_text(path);
        return Err(Error::Usage(format!("`{named}` is too large: a program's input is at most 1 MiB here")));
    }
    Ok(bytes)
}

/// The words of a command, as a shell would part them: at blanks, but not between quotes. Nothing is expanded.
fn split(typed: &str) -> Result<Vec<OsString>, Error> {
    let mut words: Vec<String> = Vec::new();
    let (mut word, mut inside, mut quote) = (String::new(), false, None);
    for c in typed.chars() {
        match (quote, c) {
            (Some(end), c) if c == end => quote = None,
            (Some(_), c) => word.push(c),
            (None, '\'' | '"') => (quote, inside) = (Some(c), true),
            (None, c) if c.is_whitespace() => {
                if inside {
                    words.push(std::mem::take(&mut word));
                }
                inside = false;
            }
            (None, c) => {
                word.push(c);
                inside = true;
            }
        }
    }
    if quote.is_some() {
        return Err(Error::Usage(format!("`{typed}` has a quote that does not end: write it once more")));
    }
    words.extend(inside.then_some(word));
    Ok(words.into_iter().map(OsString::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_parted_as_a_shell_does_it_and_put_together_again() {
        let parted = |typed| {
            split(typed)
                .map(|words| words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>())
        };
        assert_eq!(
            parted(" ./a  b 'c d' \"e'f\" g''h ''").expect("words"),
            ["./a", "b", "c d", "e'f", "gh", ""]
        );
        assert_eq!(parted("").expect("no words"), Vec::<String>::new());
        assert!(parted("'a").is_err());
    }
}
