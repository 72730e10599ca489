//! `lab new`: a lesson, a question bank or a task that validates as it is, for an author to change; its comments teach the
//! notation. A file that is there already stays as it is, and then nothing is written.

use std::io;
use std::path::{Path, PathBuf};

use super::library;
use crate::cli::{DisplayOptions, NewArgs, NewCommand};
use crate::error::{Error, MAX_WORD, unwritable};
use crate::output::line::{Line, labelled, strong};
use crate::sys::new_file::NewFile;
use crate::text::{path_text, shell_word, shortened};

/// Each file of a task and its content.
const TASK: [(&str, &str); 4] = [
    ("task.toml", include_str!("new/task.toml")),
    ("start/writer.c", include_str!("new/start.c")),
    ("solution/writer.c", include_str!("new/solution.c")),
    ("wrong/leaves-it.c", include_str!("new/wrong.c")),
];
const LESSON: &str = include_str!("new/lesson.toml");
const QUIZ: &str = include_str!("new/quiz.toml");
/// The longest name: the ids of a bank's questions begin with it.
const MAX_NAME: usize = 30;

pub fn run(args: &NewArgs) -> Result<(), Error> {
    match &args.what {
        NewCommand::Lesson { name } => {
            let shipped = library::shipped().iter().map(library::Source::name).collect::<Vec<_>>();
            file("lesson", LESSON, name, &shipped)
        }
        NewCommand::Quiz { name } => {
            let shipped = library::shipped_banks().iter().map(library::Source::name).collect::<Vec<_>>();
            file("quiz", QUIZ, name, &shipped)
        }
        NewCommand::Task { folder } => task(folder),
    }
}

/// A file NAME.toml in this folder.
fn file(what: &str, template: &str, name: &str, shipped: &[String]) -> Result<(), Error> {
    let shown = shortened(name, MAX_WORD);
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase())
        || !name.chars().all(allowed)
        || name.len() > MAX_NAME
    {
        return Err(Error::Usage(format!(
            "`{shown}` is not a name for a {what}: it takes a small letter and then small letters, digits and `-`, at most \
             {MAX_NAME}, such as `my-{what}`; the file is NAME.toml in this folder"
        )));
    }
    if shipped.iter().any(|known| known == name) {
        return Err(Error::Usage(format!(
            "`{name}` comes with lab, and that name plays lab's own: choose another one, such as `my-{name}`"
        )));
    }
    let path = PathBuf::from(format!("{name}.toml"));
    let mut title = name.replace('-', " ");
    title[..1].make_ascii_uppercase();
    let text =
        template.replace("{file}", &path_text(&path)).replace("{name}", name).replace("{title}", &title);
    let written = NewFile::at(&path).and_then(|file| file.write(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::Usage(format!("`{}` is there already: choose another name", path_text(&path)))
        }
        _ => unwritable(&path, &error),
    })?;
    show(vec![labelled("FILE", path_text(&path))], &path_text(&path))
}

/// A folder with a task.
fn task(folder: &Path) -> Result<(), Error> {
    let shown = path_text(folder);
    std::fs::create_dir(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::Usage(format!("`{shown}` is there already: name a folder that is not"))
        }
        _ => unwritable(folder, &error),
    })?;
    let mut lines = Vec::new();
    for (name, text) in TASK {
        let path = folder.join(name);
        if let Some(inner) = path.parent().filter(|inner| !inner.is_dir()) {
            std::fs::create_dir(inner).map_err(|error| unwritable(inner, &error))?;
        }
        let written = NewFile::at(&path).and_then(|file| file.write(text.as_bytes()));
        written.map_err(|error| unwritable(&path, &error))?;
        lines.push(labelled("FILE", path_text(&path)));
    }
    show(lines, &shown)
}

/// What was written, and what comes next.
fn show(mut lines: Vec<Line>, what: &str) -> Result<(), Error> {
    let next = format!("lab validate {}", shell_word(what));
    lines.push(strong("NEXT", next));
    DisplayOptions::default().screen().show(&lines)
}
