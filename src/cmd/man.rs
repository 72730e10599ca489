//! `lab man`: the manual page, made from the texts that `--help` and `lab help` show. It words nothing.

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::help::{TOPICS, help_of, page};
use crate::cli::Cli;
use crate::error::Error;
use crate::output::fields::WRITTEN_WIDTH;
use crate::output::narrow::narrowed;
use crate::output::screen::write_all;
use crate::text::Safe;

/// Prints it.
pub fn run() -> Result<(), Error> {
    let lab = Cli::command().term_width(WRITTEN_WIDTH);
    let mut text = Vec::new();
    let head = Man::new(lab.clone());
    let rendered = head
        .render_title(&mut text)
        .and_then(|()| head.render_name_section(&mut text))
        .and_then(|()| head.render_synopsis_section(&mut text))
        .and_then(|()| head.render_description_section(&mut text));
    rendered.map_err(Error::Output)?;
    let mut rest = Roff::new();
    let after = lab.get_after_help().map(ToString::to_string).unwrap_or_default();
    section(&mut rest, "EXIT STATUS AND ENVIRONMENT", &after);
    for command in lab.get_subcommands().filter(|command| !command.is_hide_set()) {
        let name = command.get_name();
        section(
            &mut rest,
            &format!("LAB {}", name.to_uppercase()),
            &narrowed(&help_of(name).unwrap_or_default(), WRITTEN_WIDTH),
        );
    }
    for (name, _) in TOPICS {
        section(&mut rest, &name.to_uppercase(), &page(name).unwrap_or_default());
    }
    write_all(&Safe::lines(&(String::from_utf8_lossy(&text) + rest.render().as_str())))
}

/// Text that is laid out already.
fn section(page: &mut Roff, title: &str, text: &str) {
    page.control("SH", [title]).control("nf", []).text([roman(text)]).control("fi", []);
}
