//! `lab new task`: a folder with a task that validates, for an author to change. A file that is there already stays as it
//! is, and then nothing is written.

use std::io;
use std::path::Path;

use crate::cli::NewArgs;
use crate::error::{self, Error};
use crate::output::line::{Line, Style, ink, labelled};
use crate::output::screen::{Colour, Display, Screen};
use crate::sys::new_file::NewFile;
use crate::text::path_text;

use super::path;

/// Each file and what stands in it.
const FILES: [(&str, &str); 4] = [
    ("task.toml", include_str!("new_task/task.toml")),
    ("start/writer.c", include_str!("new_task/start.c")),
    ("solution/writer.c", include_str!("new_task/solution.c")),
    ("wrong/leaves-it.c", include_str!("new_task/wrong.c")),
];

/// Writes it.
///
/// # Errors
/// The folder is there already, or can't be written.
pub fn run(args: &NewArgs) -> Result<(), Error> {
    let crate::cli::NewCommand::Task { folder } = &args.what;
    let shown = path_text(folder);
    let failed = |what: &Path, error: &io::Error| {
        Error::Usage(format!("`{}` can't be written: {}", path_text(what), error::plain(error)))
    };
    std::fs::create_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::Usage(format!("`{shown}` is there already: name a folder that is not"))
        }
        _ => failed(folder, &error),
    })?;
    let mut lines = Vec::new();
    for (name, text) in FILES {
        let path = folder.join(name);
        if let Some(inner) = path.parent().filter(|inner| !inner.is_dir()) {
            std::fs::create_dir(inner).map_err(|error| failed(inner, &error))?;
        }
        let written = NewFile::at(&path).and_then(|file| file.write(text.as_bytes()));
        written.map_err(|error| failed(&path, &error))?;
        lines.push(labelled("FILE", path_text(&path)));
    }
    let next = format!("lab validate {}", path::word(&shown));
    lines.push(Line::Labelled { label: "NEXT", pieces: vec![ink(Style::Strong, next)] });
    Screen::new(Display::choose(Colour::Auto, false, false)).show(&lines)
}
