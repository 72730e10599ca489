//! How things are shown: in colour, in ASCII, without a layout, as the options and the environment want it. It reads
//! variables and writes nothing.

use std::env;
use std::io::{self, IsTerminal};

/// When to colour.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Colour {
    Always,
    Never,
    #[default]
    Auto,
}

/// How to show things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display {
    pub colour: bool,
    pub ascii: bool,
    /// Label: value lines, no drawing.
    pub plain: bool,
}

impl Display {
    /// Decides from the options and the environment: `--color` beats NO_COLOR beats CLICOLOR_FORCE beats
    /// TERM=dumb beats whether it is a terminal.
    pub fn choose(colour: Colour, ascii: bool, plain: bool) -> Display {
        Display::choose_for(io::stdout().is_terminal(), colour, ascii, plain)
    }

    /// The same for another stream than standard output.
    pub fn choose_for(terminal: bool, colour: Colour, ascii: bool, plain: bool) -> Display {
        let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let coloured = match colour {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto if set("NO_COLOR") => false,
            Colour::Auto if set("CLICOLOR_FORCE") && env::var_os("CLICOLOR_FORCE") != Some("0".into()) => {
                true
            }
            Colour::Auto if env::var_os("TERM").is_some_and(|term| term == "dumb") => false,
            Colour::Auto => terminal,
        };
        let plain = plain || env::var_os("ACCESSIBLE").is_some_and(|value| value == "1");
        Display { colour: coloured, ascii: ascii || !utf8(), plain }
    }
}

/// The name of the locale whose characters are shown; none where no variable sets one.
pub fn locale() -> Option<String> {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let set = names.iter().filter_map(env::var_os).find(|value| !value.is_empty());
    set.map(|value| value.to_string_lossy().into_owned())
}

/// Whether the locale says that this terminal understands UTF-8.
pub fn utf8() -> bool {
    locale().is_some_and(|value| {
        let value = value.to_lowercase();
        value.contains("utf-8") || value.contains("utf8")
    })
}
