//! `lab source`: a lesson as C programs, on standard output or as files in a folder. A file that is there already stays
//! as it is, and then nothing is written; what could not be written whole is taken away again.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::library;
use crate::cli::SourceArgs;
use crate::error::{Error, unwritable};
use crate::lesson::Lesson;
use crate::output::line::{Line, labelled, strong};
use crate::output::screen::write_all;
use crate::output::source::{self, Sources};
use crate::sys::new_file::NewFile;
use crate::text::{Safe, path_text, shell_path};

pub fn run(args: &SourceArgs) -> Result<(), Error> {
    let lesson = library::find(Some(&args.lesson), None)?;
    let sources = source::sources(&lesson).map_err(|why| Error::Usage(format!("{}: {why}", lesson.file)))?;
    match &args.folder {
        None => write_all(&Safe::lines(&as_one_text(&sources))),
        Some(folder) => {
            write(folder, &sources)?;
            args.looks.screen_of_lines().show(&said(folder, &lesson, &sources))
        }
    }
}

/// All files, each below a line with its name.
fn as_one_text(sources: &Sources) -> String {
    let file = |(name, text): &(String, String)| match name.rsplit_once('.') {
        Some((_, "c" | "h")) => format!("/* ==== {name} ==== */\n\n{text}"),
        _ => format!("# ==== {name} ====\n\n{text}"),
    };
    sources.files.iter().map(file).collect::<Vec<_>>().join("\n")
}

/// Writes all files, or none.
fn write(folder: &Path, sources: &Sources) -> Result<(), Error> {
    let failed = |what: &Path, error: &io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::Usage(format!(
            "`{}` can't be written: a file of that name is there, and lab writes over none: name another folder",
            path_text(what)
        )),
        _ => unwritable(what, error),
    };
    let new = match fs::create_dir(folder) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(failed(folder, &error)),
    };
    let paths: Vec<PathBuf> = sources.files.iter().map(|(name, _)| folder.join(name)).collect();
    let mut places = Vec::new();
    for path in &paths {
        places.push(NewFile::at(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory => failed(folder, &error),
            _ => failed(path, &error),
        })?);
    }
    for (written, (place, (_, text))) in places.iter().zip(&sources.files).enumerate() {
        if let Err(error) = place.write(text.as_bytes()) {
            // The first error counts; these files are lab's own, made a moment ago.
            paths[..written].iter().for_each(|path| drop(fs::remove_file(path)));
            if new {
                let _ = fs::remove_dir(folder);
            }
            return Err(failed(&place.path, &error));
        }
    }
    Ok(())
}

/// What was written, what is in no program, and what to type next.
fn said(folder: &Path, lesson: &Lesson, sources: &Sources) -> Vec<Line> {
    let mut lines = vec![strong("LESSON", lesson.title.clone())];
    lines.extend(sources.files.iter().map(|(name, _)| labelled("FILE", path_text(&folder.join(name)))));
    lines.extend(sources.left_out.iter().map(|why| labelled("LEFT OUT", why.clone())));
    lines.extend(sources.by_hand.iter().map(|commands| labelled("BY HAND", commands.clone())));
    let next = format!("cd {} && make play", shell_path(folder));
    lines.push(strong("NEXT", next));
    lines
}
