//! `lab help`: the commands and the topics, or one of them. The texts stand in topics/, as they are shown; what a
//! table of the program holds is filled in where they name it. It says nothing of its own about a topic.

use std::ffi::OsString;

use clap::CommandFactory;

use crate::cli::{Cli, HelpArgs};
use crate::constants;
use crate::error::{Error, MAX_WORD};
use crate::lesson;
use crate::output::fields::{self, rows};
use crate::output::screen::MAX_WIDTH;
use crate::output::{findings, screen};
use crate::session;
use crate::text::{Safe, shortened};

macro_rules! topics {
    ($($name:literal)+) => { [$(($name, include_str!(concat!("topics/", $name, ".txt")))),+] };
}

/// The topics and their texts, in the order in which they are listed.
pub const TOPICS: [(&str, &str); 11] = topics![
    "trace" "findings" "orders" "quiz" "tasks" "lesson" "report" "json" "keys" "status" "strangers"
];

pub fn run(args: &HelpArgs) -> Result<(), Error> {
    let text = match &args.topic {
        None => list(),
        Some(word) => {
            let name = word.to_ascii_lowercase();
            page(&name).or_else(|| help_of(&name)).ok_or_else(|| unknown(word))?
        }
    };
    show(&text)
}

/// Shows a text of the help at the window's width.
pub fn show(text: &str) -> Result<(), Error> {
    screen::write_all(&Safe::lines(&screen::narrowed(text)))
}

/// The commands as `lab --help` lists them, and the topics below.
fn list() -> String {
    let row = |(name, text): &(&str, &str)| {
        let title = text.lines().next().unwrap_or_default();
        format!("  {name:<12}  {}\n", title.split_once(": ").map_or(title, |(_, about)| about))
    };
    let topics: String = TOPICS.iter().map(row).collect();
    let end = "`lab COMMAND --help` shows every option of a command, with examples.\n";
    let template = "Usage: lab help [TOPIC|COMMAND]\n\nCommands:\n{subcommands}";
    let commands = lab().help_template(template).render_help();
    format!("{}\n\nTopics:\n{topics}\n{end}", commands.to_string().trim_end())
}

/// The text of a topic. One that is a command too ends with the way to its options.
pub fn page(name: &str) -> Option<String> {
    let (_, text) = TOPICS.iter().find(|(topic, _)| *topic == name)?;
    let mut page = filled(text);
    if commands().iter().any(|command| command == name) {
        page += &format!("\nEvery option, with examples: lab {name} --help\n");
    }
    Some(page)
}

fn filled(text: &str) -> String {
    let table = |line: &str| match line {
        "{keys}" => rows(session::keys_in_full()),
        "{findings}" => findings::list(),
        "{lesson fields}" => fields::lesson(),
        "{task fields}" => fields::task(),
        "{question fields}" => fields::questions(),
        line => format!("{line}\n"),
    };
    text.lines().map(table).collect()
}

/// The commands that are for people.
pub fn commands() -> Vec<String> {
    let lab = Cli::command();
    let shown = lab.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| command.get_name().to_owned()).collect()
}

/// The command line with its help as wide as it is written, so that the parser breaks no example: the help is laid out
/// for the window when it is shown.
fn lab() -> clap::Command {
    Cli::command().term_width(MAX_WIDTH)
}

/// What this command line prints, which asks for help or for the version.
pub fn asked(args: &[OsString]) -> Option<String> {
    lab().try_get_matches_from(args).err().map(|help| help.to_string())
}

/// What `lab COMMAND --help` prints.
pub fn help_of(command: &str) -> Option<String> {
    let known = commands().iter().any(|known| known == command);
    known.then(|| asked(&["lab", command, "--help"].map(OsString::from)))?
}

/// What people look for under another name, and the command that it is.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("play", "step-through"),
    ("run", "step-through"),
    ("start", "step-through"),
    ("lessons", "list"),
    ("show", "demo"),
    ("exam", "quiz"),
    ("test", "quiz"),
    ("questions", "quiz"),
    ("bench", "compare"),
    ("benchmark", "compare"),
    ("strace", "trace"),
    ("debug", "trace"),
    ("code", "source"),
    ("programs", "source"),
    ("check", "validate"),
    ("lint", "validate"),
    ("remove", "clean"),
    ("forget", "reset"),
];

/// What a person means who takes this word for a command or a topic: what to type instead.
pub fn meant(word: &str) -> Option<String> {
    let same = |name: &str| name.eq_ignore_ascii_case(word);
    let commands = commands();
    let lessons: Vec<String> = lesson::SHIPPED.iter().map(|(file, _)| lesson::name_of(file)).collect();
    let command = |name: &str| format!("did you mean `lab {name}`?");
    let near = || constants::nearest(word, commands.iter().map(String::as_str));
    let known = commands.iter().find(|name| same(name)).map(|name| command(name));
    let lesson = lessons.iter().find(|name| same(name));
    let topic = TOPICS.iter().find(|(name, _)| same(name));
    let other = OTHER_NAMES.iter().find(|(name, _)| same(name));
    known
        .or_else(|| lesson.map(|name| format!("it is a lesson, and `lab step-through {name}` plays it")))
        .or_else(|| topic.map(|(name, _)| format!("it is a topic, and `lab help {name}` explains it")))
        .or_else(|| other.map(|(_, name)| command(name)))
        .or_else(|| near().map(command))
}

fn unknown(word: &str) -> Error {
    let topics = TOPICS.map(|(name, _)| name);
    let near = constants::nearest(word, topics).map(|topic| format!("did you mean `lab help {topic}`?"));
    let help = near.or_else(|| meant(word)).unwrap_or_else(|| {
        format!("topics are {}; commands are {}", topics.join(", "), commands().join(", "))
    });
    Error::Usage(format!("there is no topic `{}`: {help}", shortened(word, MAX_WORD)))
}
