//! `lab man`: the manual pages, made from the texts that `--help` and `lab help` show: lab(1), and with a folder a page a
//! command beside it. It words nothing. A file in the folder that is not a page of lab's own stays as it is.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use super::help::{TOPICS, commands, page};
use crate::cli::{Cli, DisplayOptions, ManArgs};
use crate::error::{Error, unwritable};
use crate::output::fields::WRITTEN_WIDTH;
use crate::output::line::labelled;
use crate::output::narrow::narrowed;
use crate::output::screen::write_all;
use crate::sys::files;
use crate::sys::new_file::NewFile;
use crate::text::{Safe, path_text};

/// The first line of a page of lab's own: only such a file is written over.
const OWN: &str = ".\\\" Made by lab man\n";
/// What is on top of each page and at its foot.
const MANUAL: &str = "System V shared memory";

/// A page: its file's name and its text.
type Page = (String, String);

/// Prints lab(1), or writes all pages into a folder.
pub fn run(args: &ManArgs) -> Result<(), Error> {
    let pages = pages()?;
    let Some(folder) = &args.folder else {
        let (_, text) = &pages[0];
        return write_all(&Safe::lines(text));
    };
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    // All of them are looked at before the first one is written.
    for (name, _) in &pages {
        let path = folder.join(name);
        if !may_write(&path).map_err(|error| unwritable(&path, &error))? {
            let shown = path_text(&path);
            return Err(Error::Usage(format!(
                "`{shown}` is there already and no page of lab's: name another folder, or move it away"
            )));
        }
    }
    for (name, text) in &pages {
        let path = folder.join(name);
        write(&path, text).map_err(|error| unwritable(&path, &error))?;
    }
    let shown = path_text(folder);
    let lines = [
        labelled("FOLDER", format!("{shown}: {} pages", pages.len())),
        labelled("READ", format!("man -l {}", path_text(&folder.join("lab.1")))),
    ];
    DisplayOptions::default().screen().show(&lines)
}

/// Whether nothing is there, or an earlier page of lab's.
fn may_write(path: &Path) -> io::Result<bool> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return Ok(true);
    }
    let mut begin = vec![0; OWN.len()];
    let file = fs::symlink_metadata(path)?.is_file();
    Ok(file && files::regular(path)?.read_exact(&mut begin).is_ok() && begin == OWN.as_bytes())
}

/// Writes a page whole, in place of an earlier one.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    NewFile::at(path)?.write(text.as_bytes())
}

/// Every page, lab(1) first.
fn pages() -> Result<Vec<Page>, Error> {
    let mut lab = Cli::command().term_width(WRITTEN_WIDTH);
    lab.build();
    let mut pages = vec![("lab.1".to_owned(), of_lab(&lab)?)];
    for name in commands() {
        let Some(command) = lab.find_subcommand(&name) else { continue };
        pages.push((format!("lab-{name}.1"), of_command(&name, command)?));
    }
    Ok(pages)
}

fn of_lab(lab: &Command) -> Result<String, Error> {
    let mut rest = Roff::new();
    rest.control("SH", ["COMMANDS"]);
    for name in commands() {
        let about = lab.find_subcommand(&name).and_then(Command::get_about).map(ToString::to_string);
        rest.control("TP", []);
        rest.text([roman(format!("lab-{name}(1)"))]).text([roman(about.unwrap_or_default())]);
    }
    section(&mut rest, "EXIT STATUS AND ENVIRONMENT", &after(lab));
    for (name, _) in TOPICS {
        section(&mut rest, &name.to_uppercase(), &page(name).unwrap_or_default());
    }
    let see = commands().into_iter().map(|name| format!("lab-{name}(1)")).collect::<Vec<_>>().join(", ");
    rest.control("SH", ["SEE ALSO"])
        .text([roman(format!("{see}, shmget(2), shmat(2), shmctl(2), ftok(3), svipc(7), ipcs(1)"))]);
    rendered(&man("lab", lab), false, &rest)
}

fn of_command(name: &str, command: &Command) -> Result<String, Error> {
    let mut rest = Roff::new();
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        let help = inner.clone().term_width(WRITTEN_WIDTH).render_help().to_string();
        section(
            &mut rest,
            &format!("LAB {} {}", name, inner.get_name()).to_uppercase(),
            &narrowed(&help, WRITTEN_WIDTH),
        );
    }
    section(&mut rest, "NOTES AND EXAMPLES", &narrowed(&after(command), WRITTEN_WIDTH));
    if TOPICS.iter().any(|(topic, _)| *topic == name) {
        section(&mut rest, "MORE", &page(name).unwrap_or_default());
    }
    rest.control("SH", ["SEE ALSO"]).text([roman("lab(1)")]);
    rendered(&man(&format!("lab-{name}"), command), true, &rest)
}

fn man(title: &str, command: &Command) -> Man {
    let command = command.clone().display_name(title.to_owned()).subcommand_value_name("command");
    let source = format!("lab {}", env!("CARGO_PKG_VERSION"));
    Man::new(command).title(title.to_uppercase()).source(source).manual(MANUAL)
}

/// The page of the parser's own sections, and these.
fn rendered(man: &Man, options: bool, rest: &Roff) -> Result<String, Error> {
    let mut text = Vec::new();
    let head = man
        .render_title(&mut text)
        .and_then(|()| man.render_name_section(&mut text))
        .and_then(|()| man.render_synopsis_section(&mut text))
        .and_then(|()| man.render_description_section(&mut text));
    let all = head.and_then(|()| if options { man.render_options_section(&mut text) } else { Ok(()) });
    all.map_err(Error::Output)?;
    Ok(format!("{OWN}{}{}", String::from_utf8_lossy(&text), rest.render()))
}

/// What help says after the options.
fn after(command: &Command) -> String {
    command.get_after_help().map(ToString::to_string).unwrap_or_default()
}

/// Text that is laid out already; nothing where there is none.
fn section(page: &mut Roff, title: &str, text: &str) {
    if !text.trim().is_empty() {
        page.control("SH", [title]).control("nf", []).text([roman(text)]).control("fi", []);
    }
}
