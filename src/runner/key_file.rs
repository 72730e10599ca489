//! The key file of two programs that meet: a file of whoever runs lab, or one of lab's own, and the project number.
//! ftok() only looks at the file, and so does this: it makes lab's own file where there is none, and changes no other.

use std::fs;
use std::io;
use std::path::Path;

use super::request::{Arg, Request};
use crate::error::{self, Error};
use crate::facts::outcome::Value;
use crate::lesson::{Base, Expr, Function, Number, Script, Statement};
use crate::sys::own_files::NotKept;
use crate::sys::{shm, state_dir};
use crate::text::path_text;

/// The name of lab's own key file, in its state folder.
const FILE: &str = "lab.key";
/// The project of whoever names none: the lessons' own.
const PROJECT: u8 = b'L';

/// ftok's second argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Project {
    Char(u8),
    Number(u8),
}

/// Where two programs meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// Its whole path, the same from every folder.
    pub path: String,
    /// Where it leads, if it is a link.
    pub link_to: Option<String>,
    pub project: Project,
    pub key: i32,
}

impl Project {
    /// One character, or a number from 1 to 255; none for anything else.
    pub fn parse(text: &str) -> Option<Project> {
        match (text.parse::<i64>(), text.as_bytes()) {
            (Ok(0), _) => None,
            (Ok(number), _) => u8::try_from(number).ok().map(Project::Number),
            (Err(_), [byte]) if byte.is_ascii_graphic() => Some(Project::Char(*byte)),
            _ => None,
        }
    }

    /// As it is written in a call.
    pub fn expr(self) -> Expr {
        match self {
            Project::Char(byte) => Expr::Char(byte),
            Project::Number(byte) => Expr::Number(Number { value: byte.into(), base: Base::Decimal }),
        }
    }

    fn byte(self) -> u8 {
        let (Project::Char(byte) | Project::Number(byte)) = self;
        byte
    }
}

impl KeyFile {
    /// The file of this path, or lab's own; the project, or the lessons' own. It fails where the file is missing or
    /// another kind of thing, or gives no key that can be used.
    pub fn find(path: Option<&Path>, project: Option<Project>) -> Result<KeyFile, Error> {
        let project = project.unwrap_or(Project::Char(PROJECT));
        let (path, link_to) = match path {
            Some(path) => named(path)?,
            None => (own().map_err(not_kept)?, None),
        };
        match shm::ftok(Path::new(&path), project.byte().into()) {
            Ok(key @ (0 | -1)) => Err(Error::Usage(format!(
                "`{path}` gives the key {}, which has another meaning; choose another file or another project",
                Value::Key(key)
            ))),
            Ok(key) => Ok(KeyFile { path, link_to, project, key }),
            Err(errno) => Err(unusable(&path, &io::Error::from_raw_os_error(errno))),
        }
    }

    /// Puts this file and its project in the place of the lesson's.
    pub fn put_into(&self, script: &mut Script) {
        for action in &mut script.actions {
            if let Statement::Invoke { function: Function::Ftok, args } = &mut action.call.statement {
                *args = vec![Expr::Text(self.path.clone()), self.project.expr()];
            }
        }
    }
}

/// A file that whoever runs lab has named.
fn named(path: &Path) -> Result<(String, Option<String>), Error> {
    let whole = std::path::absolute(path).map_err(|error| unusable(&path_text(path), &error))?;
    let Some(name) = whole.to_str().map(str::to_owned) else {
        return Err(Error::Usage(format!(
            "`{}` is not text (UTF-8), and lab could not show it; choose another file",
            path_text(path)
        )));
    };
    let link = fs::symlink_metadata(&whole).is_ok_and(|found| found.is_symlink());
    match fs::metadata(&whole) {
        Ok(found) if found.is_file() => {}
        Ok(found) => {
            let what = if found.is_dir() { "a folder" } else { "no regular file" };
            return Err(Error::Usage(format!(
                "`{name}` is {what}: ftok() would take it, but the sheet names a file, and so does lab; name a file"
            )));
        }
        Err(error) if link && error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::Usage(format!(
                "`{name}` is a link to a file that is not there: ftok() follows links and would fail with ENOENT; name a file that is there"
            )));
        }
        Err(error) => return Err(unusable(&name, &error)),
    }
    let link_to = if link { fs::canonicalize(&whole).ok().map(|path| path_text(&path)) } else { None };
    Ok((name, link_to))
}

/// Why ftok() would fail.
fn unusable(path: &str, error: &io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::NotFound => "make it with `touch`, or leave `--file` out for lab's own",
        _ => {
            "ftok() needs no permission for the file, but has to search every folder on the way; name another file"
        }
    };
    Error::Usage(format!(
        "`{path}` can't be used: ftok() would fail with {}; {hint}",
        error::plain_of("ftok", error)
    ))
}

/// Lab's own file, made if need be: empty, in the state folder, which is this user's alone. So two sessions of one user
/// meet, and two users don't.
fn own() -> Result<String, NotKept> {
    let folder = state_dir::made()?;
    if folder.look(FILE)?.is_none() {
        match folder.create(FILE) {
            // Another run was faster.
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error.into()),
            _ => {}
        }
    }
    let path = folder.path(FILE);
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| io::Error::other("the state folder's path is not text (UTF-8)").into())
}

fn not_kept(unkept: NotKept) -> Error {
    let why = error::plain(&unkept.into());
    Error::Machine(format!(
        "lab has no key file of its own here ({why}): set XDG_STATE_HOME to a folder of yours, since lab keeps its records there as well"
    ))
}

/// Marks this path, which no lesson could name, as the one that is allowed.
pub(super) fn name_in(request: &mut Request, file: &str) {
    if let Request::Call { function: Function::Ftok, args, .. } = request
        && let Some(Arg::Text(path)) = args.first()
        && path == file.as_bytes()
    {
        args[0] = Arg::File(path.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_a_character_or_a_number_of_one_byte() {
        assert_eq!(Project::parse("L"), Some(Project::Char(b'L')));
        assert_eq!(Project::parse("'").map(|project| project.expr().to_string()), Some("'\\''".into()));
        assert_eq!(Project::parse("7"), Some(Project::Number(7)));
        assert_eq!(Project::parse("255").map(|project| project.expr().to_string()), Some("255".into()));
        for wrong in ["", "0", "00", "256", "7777", "-1", "LL", "\n", " ", "ä"] {
            assert_eq!(Project::parse(wrong), None, "{wrong:?}");
        }
    }
}
