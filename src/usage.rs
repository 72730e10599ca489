//! What is said of a command line that clap can't take: one sentence, which names what was typed, what is allowed in its
//! place and what to do next. Clap decides what is wrong; none of its own words gets through. A table has a row for each
//! kind of error, and no option has a sentence of its own here: what an option takes is declared with it in `cli`.

use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, CommandFactory};

use crate::cli::{Cli, Wanted};
use crate::cmd::help;
use crate::constants::nearest;
use crate::error::{Error, MAX_WORD};
use crate::text::{line_of, shortened};

/// A refused command line.
struct Refused<'a> {
    error: &'a clap::Error,
    args: &'a [OsString],
    /// The command that it is about; none for an unknown command.
    command: Option<Command>,
}

/// Words one kind of error.
type Sentence = fn(&Refused<'_>) -> String;

/// A sentence for every way in which a command line can be wrong.
const SENTENCES: [(ErrorKind, Sentence); 8] = [
    (ErrorKind::InvalidSubcommand, no_command),
    (ErrorKind::UnknownArgument, no_argument),
    (ErrorKind::InvalidValue, not_among_its_values),
    (ErrorKind::ValueValidation, not_what_it_takes),
    (ErrorKind::TooManyValues, takes_no_value),
    (ErrorKind::ArgumentConflict, not_together),
    (ErrorKind::MissingRequiredArgument, missing),
    (ErrorKind::InvalidUtf8, not_utf8),
];

/// The error that says what clap has found; `args` is the whole command line, the program's name included.
pub fn error(found: &clap::Error, args: &[OsString]) -> Error {
    let command = args.get(1).and_then(|word| Cli::command().find_subcommand(word).cloned());
    let refused = Refused { error: found, args, command };
    let sentence = SENTENCES.iter().find(|(kind, _)| *kind == found.kind());
    Error::Usage(sentence.map_or_else(
        || format!("this command line can't be understood: {}", refused.see_help()),
        |(_, sentence)| sentence(&refused),
    ))
}

impl Refused<'_> {
    /// A text of clap's about the error.
    fn text(&self, kind: ContextKind) -> &str {
        match self.error.get(kind) {
            Some(ContextValue::String(text)) => text,
            Some(ContextValue::Strings(texts)) => texts.first().map_or("", String::as_str),
            _ => "",
        }
    }

    /// A word as it was typed.
    fn word(&self, kind: ContextKind) -> String {
        shown(self.text(kind))
    }

    /// `lab quiz`.
    fn command(&self) -> String {
        self.command.as_ref().map_or_else(|| "lab".into(), |command| format!("lab {}", command.get_name()))
    }

    fn see_help(&self) -> String {
        format!("see `{} --help`", self.command())
    }

    /// What takes the value: an option, or the command itself.
    fn taker(&self) -> String {
        let option = self.text(ContextKind::InvalidArg).split(' ').next().unwrap_or_default();
        if option.starts_with('-') { format!("`{option}`") } else { format!("`{}`", self.command()) }
    }

    /// The arguments that help lists.
    fn arguments(&self) -> impl Iterator<Item = &Arg> {
        self.command.iter().flat_map(Command::get_arguments).filter(|arg| !arg.is_hide_set())
    }
}

fn no_command(refused: &Refused<'_>) -> String {
    // A command that has commands of its own.
    if let Some(command) = &refused.command {
        let word = refused.text(ContextKind::InvalidSubcommand);
        let own: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        let help = match nearest(word, own.iter().copied()) {
            Some(near) => format!("did you mean `lab {} {near}`?", command.get_name()),
            None => format!("it can {}; {}", own.join(", "), refused.see_help()),
        };
        return format!("`lab {}` can't {}: {help}", command.get_name(), shown(word));
    }
    let word = refused.args.get(1).map(|word| line_of(word.as_bytes())).unwrap_or_default();
    let help = help::meant(&word)
        .unwrap_or_else(|| format!("commands are {}; `lab help` explains them", help::commands().join(", ")));
    format!("there is no command {}: {help}", shown(&word))
}

fn no_argument(refused: &Refused<'_>) -> String {
    let (word, command, see) = (refused.word(ContextKind::InvalidArg), refused.command(), refused.see_help());
    let Some(typed) = refused.text(ContextKind::InvalidArg).strip_prefix('-') else {
        let taken: Vec<String> =
            refused.arguments().filter(|arg| arg.is_positional()).map(as_typed).collect();
        return match taken.first() {
            Some(name) => format!("{word} is one word too many: `{command}` takes one {name}; {see}"),
            None => format!("{word} is one word too many: `{command}` takes options only; {see}"),
        };
    };
    let known: Vec<&str> = refused.arguments().filter_map(Arg::get_long).chain(["help"]).collect();
    let help = match nearest(typed.trim_start_matches('-'), known.iter().copied()) {
        Some(near) => format!("did you mean `--{near}`?"),
        None if known.len() == 1 => format!("options stand behind a command; {see}"),
        None => format!("its options are --{}; {see}", known.join(", --")),
    };
    format!("`{command}` has no option {word}: {help}")
}

fn not_among_its_values(refused: &Refused<'_>) -> String {
    let (taker, see) = (refused.taker(), refused.see_help());
    let values = match refused.error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => values.as_slice(),
        _ => &[],
    };
    let takes = match values.split_last() {
        Some((last, others)) if !others.is_empty() => format!("`{}` or `{last}`", others.join("`, `")),
        _ => value_name(refused.text(ContextKind::InvalidArg)),
    };
    if refused.text(ContextKind::InvalidValue).is_empty() {
        return format!("{taker} needs a value: it takes {takes}; {see}");
    }
    let value = refused.word(ContextKind::InvalidValue);
    match nearest(refused.text(ContextKind::InvalidValue), values.iter().map(String::as_str)) {
        Some(near) => format!("{taker} does not take {value}: did you mean `{near}`?"),
        None => format!("{taker} does not take {value}: it takes {takes}; {see}"),
    }
}

fn not_what_it_takes(refused: &Refused<'_>) -> String {
    let (value, taker, see) = (refused.word(ContextKind::InvalidValue), refused.taker(), refused.see_help());
    let wanted = refused.error.source().and_then(|source| source.downcast_ref::<Wanted>());
    match wanted {
        Some(Wanted { what, takes, see: "" }) => {
            format!("{value} is not {what}: {taker} takes {takes}; {see}")
        }
        Some(Wanted { what, takes, see }) => {
            format!("{value} is not {what}: {taker} takes {takes}; see `{see}`")
        }
        None => {
            let name = value_name(refused.text(ContextKind::InvalidArg));
            format!("{taker} does not take {value}: it takes {name}; {see}")
        }
    }
}

fn takes_no_value(refused: &Refused<'_>) -> String {
    let value = shortened(refused.text(ContextKind::InvalidValue), MAX_WORD);
    format!("{} takes no value: leave out `={value}`; {}", refused.taker(), refused.see_help())
}

fn not_together(refused: &Refused<'_>) -> String {
    let see = refused.see_help();
    let (one, other) =
        (value_of(refused.text(ContextKind::InvalidArg)), value_of(refused.text(ContextKind::PriorArg)));
    match other.is_empty() || other == one {
        true => format!("{} is there twice: give it once; {see}", refused.taker()),
        false => format!("`{one}` and `{other}` can't go together: leave one of them out; {see}"),
    }
}

fn missing(refused: &Refused<'_>) -> String {
    let usage = match refused.error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let usage = usage.lines().next().unwrap_or_default().trim_start_matches("Usage: ");
    let usage = usage.replace(['<', '>'], "").replace("...", "");
    let missing = value_of(refused.text(ContextKind::InvalidArg));
    format!("`{missing}` is missing: write `{usage}`; {}", refused.see_help())
}

fn not_utf8(refused: &Refused<'_>) -> String {
    let word = refused.args.iter().find(|word| word.to_str().is_none()).map(OsString::as_os_str);
    let word = shown(&line_of(word.unwrap_or(OsStr::new("")).as_bytes()));
    format!("{word} is not UTF-8: lab takes names and texts in UTF-8; {}", refused.see_help())
}

/// A word as it was typed, in backticks: one that can't be seen is in quotes as well.
fn shown(word: &str) -> String {
    if word.is_empty() { "`\"\"`".into() } else { format!("`{}`", shortened(word, MAX_WORD)) }
}

/// `--from STEP` for `--from <STEP>`, `FORMAT` for `[FORMAT]`.
fn value_of(shown: &str) -> String {
    shown.replace(['<', '>', '[', ']'], "").trim_end_matches("...").to_owned()
}

/// `STEP` for `--from <STEP>`.
fn value_name(shown: &str) -> String {
    let value = value_of(shown);
    value.split_once(' ').map_or(value.as_str(), |(_, name)| name).to_owned()
}

/// `NAME|FILE` for a positional argument.
fn as_typed(arg: &Arg) -> String {
    arg.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect()
}
