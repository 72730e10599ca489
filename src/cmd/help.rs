//! `lab help`: the commands and the topics, or one of them. The texts stand in topics/, as they are shown; what a
//! table of the program holds is filled in where they name it. It says nothing of its own about a topic.

use clap::CommandFactory;

use crate::cli::{Cli, HelpArgs};
use crate::constants;
use crate::error::Error;
use crate::output::fields::{self, WRITTEN_WIDTH, rows};
use crate::output::{findings, screen};
use crate::session;
use crate::text::{Safe, shortened};

/// How much is repeated of a word that is no topic, in characters.
const MAX_NAME: usize = 80;

macro_rules! topics {
    ($($name:literal)+) => { [$(($name, include_str!(concat!("topics/", $name, ".txt")))),+] };
}

/// The topics and their texts, in the order in which they are listed.
pub const TOPICS: [(&str, &str); 8] =
    topics!["trace" "findings" "quiz" "lesson" "json" "keys" "status" "strangers"];

/// Explains.
///
/// # Errors
/// A word that is neither a topic nor a command.
pub fn run(args: &HelpArgs) -> Result<(), Error> {
    let text = match &args.topic {
        None => list(),
        Some(word) => page(word).or_else(|| help_of(Cli::command(), word)).ok_or_else(|| unknown(word))?,
    };
    screen::write_all(&Safe::lines(&screen::narrowed(&text, WRITTEN_WIDTH)))
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
    let commands = Cli::command().help_template(template).render_help();
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
        "{question fields}" => fields::questions(),
        line => format!("{line}\n"),
    };
    text.lines().map(table).collect()
}

/// The commands that are for people.
fn commands() -> Vec<String> {
    let lab = Cli::command();
    let shown = lab.get_subcommands().filter(|command| !command.is_hide_set());
    shown.map(|command| command.get_name().to_owned()).collect()
}

/// What `lab COMMAND --help` prints.
pub fn help_of(lab: clap::Command, command: &str) -> Option<String> {
    let known = commands().iter().any(|known| known == command);
    let help = lab.try_get_matches_from(["lab", command, "--help"]).err();
    help.filter(|_| known).map(|help| help.to_string())
}

fn unknown(word: &str) -> Error {
    let topics = TOPICS.map(|(name, _)| name);
    let commands = commands();
    let known = topics.into_iter().chain(commands.iter().map(String::as_str));
    let help = match constants::nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("topics are {}", topics.join(", ")),
    };
    Error::Usage(format!("there is no topic `{}`: {help}", shortened(word, MAX_NAME)))
}
