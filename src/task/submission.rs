//! The files of a submission, read and no more: regular files of one folder, as many and as large as a task can need. What
//! is a link, a device or a pipe is left alone.

use std::io::{self, Read};
use std::path::Path;

use crate::sys::folder::{Folder, kind};

/// The most files, and the largest one.
const MAX_FILES: usize = 200;
const MAX_BYTES: u64 = 1 << 20;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Submission {
    pub files: Vec<(String, Vec<u8>)>,
    /// What was left out, and why: a sentence each.
    pub left_out: Vec<String>,
}

impl Submission {
    /// Reads a folder; names that begin with a dot are not part of it.
    pub fn read(path: &Path) -> io::Result<Submission> {
        let above = path.parent().filter(|above| !above.as_os_str().is_empty());
        // Opened for its list of names: through its parent, or as it is where it has none.
        let folder = match (above, path.file_name()) {
            (Some(above), Some(name)) => {
                Folder::at(above)?.inner(name).or_else(|_| Folder::at(path)?.inner(".".as_ref()))
            }
            _ => Folder::at(path)?.inner(".".as_ref()),
        }?;
        let mut found = Submission::default();
        let mut names = folder.names(10 * MAX_FILES)?;
        names.sort();
        for name in names {
            let shown = name.to_string_lossy().into_owned();
            let stat = folder.look(&name)?;
            if shown.starts_with('.') || kind(&stat) == libc::S_IFDIR {
                continue;
            }
            let why = match () {
                () if kind(&stat) != libc::S_IFREG => "is not a regular file".to_owned(),
                () if name.to_str().is_none() => "has a name that is not text".to_owned(),
                () if found.files.len() == MAX_FILES => format!("is one file more than {MAX_FILES}"),
                () => match read(&folder, &name) {
                    Ok(bytes) => {
                        found.files.push((shown, bytes));
                        continue;
                    }
                    Err(why) => why,
                },
            };
            found.left_out.push(format!("`{shown}` {why}"));
        }
        Ok(found)
    }

    /// The same with another file, which takes the place of one of the same name.
    #[must_use]
    pub fn with(mut self, name: &str, bytes: &[u8]) -> Submission {
        self.files.retain(|(other, _)| other != name);
        self.files.push((name.to_owned(), bytes.to_owned()));
        self
    }

    pub fn has(&self, name: &str) -> bool {
        self.files.iter().any(|(other, _)| other == name)
    }
}

fn read(folder: &Folder, name: &std::ffi::OsStr) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = folder.file(name, false);
    let read = file.and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(format!("can't be read: {}", crate::error::plain(&error))),
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Err("is larger than 1 MiB".into()),
        Ok(_) => Ok(bytes),
    }
}
