//! `lab completions SHELL`: a script with which a shell completes lab's commands, its options, and the names of lessons,
//! calls, topics and tasks. The script holds the names, so that a shell starts no lab to complete a word. It leaves out what
//! lab starts by itself.
//!
//! The parser's own generator writes the script. For bash a copy of the command line says that an argument takes these
//! names; the real one takes files as well. For zsh and fish, whose scripts would then offer names and no file, or no
//! name at all, the names are put in by those shells' own means: a function, and further lines.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::shells;

use super::help::TOPICS;
use super::{demo, help, library, tasks};
use crate::cli::{Cli, CompletionsArgs, Shell};
use crate::error::Error;
use crate::lesson::Lesson;
use crate::output::screen::write_all;
use crate::text::Safe;

/// What an argument can be called by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Names {
    Lessons,
    Calls,
    Topics,
    Tasks,
    Pages,
}

/// An argument that takes a name: its command, its own name there, the names, and whether a file or a folder can stand
/// there as well.
type Named = (&'static [&'static str], &'static str, Names, bool);

const NAMED: [Named; 14] = [
    (&["step-through"], "lesson", Names::Lessons, true),
    (&["list"], "lesson", Names::Lessons, true),
    (&["source"], "lesson", Names::Lessons, true),
    (&["reset"], "lesson", Names::Lessons, true),
    (&["quiz"], "lesson", Names::Lessons, true),
    (&["quiz"], "topic", Names::Topics, false),
    (&["quiz"], "questions", Names::Topics, true),
    (&["demo"], "call", Names::Calls, false),
    (&["task", "start"], "task", Names::Tasks, true),
    (&["task", "check"], "task", Names::Tasks, true),
    (&["task", "hint"], "task", Names::Tasks, true),
    (&["task", "solution"], "task", Names::Tasks, true),
    (&["task", "reset"], "task", Names::Tasks, true),
    (&["help"], "topic", Names::Pages, false),
];

/// A name, and what it stands for.
type Row = (String, String);

pub fn run(args: &CompletionsArgs) -> Result<(), Error> {
    write_all(&Safe::lines(&script(args.shell)?))
}

/// The script for a shell.
pub fn script(shell: Shell) -> Result<String, Error> {
    let whole = Cli::command();
    let shown = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let mut lab = Command::new("lab").version("").disable_help_subcommand(true).subcommands(shown);
    let mut lists = BTreeMap::new();
    for (path, argument, names, files) in NAMED {
        let list = (names, files);
        if let Entry::Vacant(place) = lists.entry(list) {
            place.insert(rows(names)?);
        }
        lab = with_values(lab, path, argument, placed(shell, &lists[&list], list));
    }
    let mut script = Vec::new();
    match shell {
        Shell::Bash => clap_complete::generate(shells::Bash, &mut lab, "lab", &mut script),
        Shell::Zsh => clap_complete::generate(shells::Zsh, &mut lab, "lab", &mut script),
        Shell::Fish => clap_complete::generate(shells::Fish, &mut lab, "lab", &mut script),
    }
    let mut script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        Shell::Zsh => lists.iter().for_each(|(list, rows)| put_into_zsh(&mut script, *list, rows)),
        Shell::Fish => {
            for (path, argument, names, files) in NAMED {
                let option = option_of(&whole, path, argument);
                put_into_fish(&mut script, path, option.as_deref(), &lists[&(names, files)], files);
            }
        }
        Shell::Bash => {}
    }
    Ok(script)
}

/// The names of a kind.
fn rows(names: Names) -> Result<Vec<Row>, Error> {
    let lesson = |lesson: Lesson| (lesson.name, lesson.title);
    Ok(match names {
        Names::Lessons => library::all(None)?.into_iter().map(lesson).collect(),
        Names::Calls => demo::demonstrable()?.into_iter().map(lesson).collect(),
        Names::Topics => {
            let banks = library::shipped_banks().into_iter().map(|source| source.bank(false));
            banks.map(|bank| bank.map(|bank| (bank.topic, bank.title))).collect::<Result<_, _>>()?
        }
        Names::Tasks => {
            let read =
                tasks::shipped().into_iter().map(|files| Ok((files.name.clone(), files.read()?.title)));
            read.collect::<Result<Vec<_>, Error>>()?
        }
        Names::Pages => {
            let title = |text: &str| text.lines().next().unwrap_or_default().to_owned();
            let topics = TOPICS.iter().map(|(name, text)| ((*name).to_owned(), title(text)));
            let commands = help::commands().into_iter();
            let commands = commands.filter(|name| !TOPICS.iter().any(|(topic, _)| topic == name));
            topics.chain(commands.map(|name| (name.clone(), format!("lab {name} --help")))).collect()
        }
    })
}

/// What the copy of the command line says that an argument takes: the names, or for zsh a mark in their place, which its
/// script has between parentheses.
fn placed(shell: Shell, rows: &[Row], list: (Names, bool)) -> Vec<&'static str> {
    // The parser wants them for as long as the program runs, and this command is all that it does.
    match shell {
        Shell::Zsh => vec![mark(list).leak()],
        // It has no place for them.
        Shell::Fish => Vec::new(),
        Shell::Bash => rows.iter().map(|(name, _)| &*name.clone().leak()).collect(),
    }
}

fn mark((names, files): (Names, bool)) -> String {
    format!("lab-names-{names:?}-{files}")
}

fn with_values(
    lab: Command,
    path: &[&'static str],
    argument: &'static str,
    values: Vec<&'static str>,
) -> Command {
    match path {
        [] if values.is_empty() => lab,
        [] => numbered(lab).mut_arg(argument, |arg| arg.value_parser(PossibleValuesParser::new(values))),
        [first, rest @ ..] => {
            lab.mut_subcommand(first, |command| with_values(command, rest, argument, values))
        }
    }
}

/// The same command whose arguments say which place is theirs: one that is changed comes last otherwise.
fn numbered(command: Command) -> Command {
    let places: Vec<String> = command.get_positionals().map(|arg| arg.get_id().to_string()).collect();
    let number =
        |command: Command, (place, name): (usize, String)| command.mut_arg(name, |arg| arg.index(place));
    (1..).zip(places).fold(command, number)
}

/// The long name of an argument that is an option.
fn option_of(lab: &Command, path: &[&str], argument: &str) -> Option<String> {
    let command = path.iter().try_fold(lab, |command, name| command.find_subcommand(name))?;
    let arg = command.get_arguments().find(|arg| arg.get_id() == argument)?;
    arg.get_long().map(str::to_owned)
}

/// Words between single quotes, where only these two characters end them or mean more.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A function that offers the names, and files where they can stand there as well, in the mark's place.
fn put_into_zsh(script: &mut String, list: (Names, bool), rows: &[Row]) {
    const BEFORE: &str = "\n_lab() {";
    let (names, files) = list;
    let function =
        format!("_lab_{}{}", format!("{names:?}").to_lowercase(), if files { "_or_files" } else { "" });
    let entry =
        |(name, about): &Row| format!("        {}", quoted(&format!("{name}:{}", about.replace(':', "\\:"))));
    let entries = rows.iter().map(entry).collect::<Vec<_>>().join("\n");
    let and_files = if files { "\n    _files && ret=0" } else { "" };
    let text = format!(
        "\n{function}() {{\n    local ret=1\n    local -a names=(\n{entries}\n    )\n    _describe -t names name names && \
         ret=0{and_files}\n    return ret\n}}\n"
    );
    *script = script.replace(&format!("({})", mark(list)), &function).replacen(BEFORE, &(text + BEFORE), 1);
}

/// Lines that offer the names: fish knows none for what is not an option.
fn put_into_fish(script: &mut String, path: &[&str], option: Option<&str>, rows: &[Row], files: bool) {
    let condition = match path {
        [command, inner] => {
            format!("__fish_lab_using_subcommand {command}; and __fish_seen_subcommand_from {inner}")
        }
        _ => format!("__fish_lab_using_subcommand {}", path.concat()),
    };
    let taken = option.map_or(String::new(), |name| format!(" -l {name} -r"));
    let no_files = if files { "" } else { " -f" };
    for (name, about) in rows {
        let about = format!("'{}'", about.replace('\\', "\\\\").replace('\'', "\\'"));
        script
            .push_str(&format!("complete -c lab -n \"{condition}\"{taken}{no_files} -a {name} -d {about}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every argument of a command and of its subcommands that takes a name, by what its help calls it.
    fn takers(command: &Command, path: &[String]) -> Vec<(Vec<String>, String)> {
        let takes = |arg: &&clap::Arg| {
            let names = arg.get_value_names().unwrap_or_default().iter().flat_map(|name| name.split('|'));
            names.into_iter().any(|name| ["NAME", "LESSON", "TOPIC", "CALL"].contains(&name))
        };
        let own = command.get_arguments().filter(takes).map(|arg| (path.to_vec(), arg.get_id().to_string()));
        let below = command
            .get_subcommands()
            .filter(|inner| !inner.is_hide_set())
            .flat_map(|inner| takers(inner, &[path, &[inner.get_name().to_owned()]].concat()));
        own.chain(below).collect()
    }

    #[test]
    fn every_argument_that_takes_a_name_has_a_row() {
        let mut lab = Cli::command();
        lab.build();
        let mut known = NAMED.map(|(path, argument, ..)| {
            (path.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>(), argument.to_owned())
        });
        known.sort();
        let mut found = takers(&lab, &[]);
        // What is written anew has no name yet.
        found.retain(|(path, _)| path[0] != "new");
        found.sort();
        assert_eq!(found, known);
    }
}
