//! Where lessons come from: this binary, a file, a folder. It finds and reads them; a lesson from outside is
//! data from a stranger and is read no further than its size limit.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::lesson::{self, LARGEST, Lesson, Mistake};
use crate::names;
use crate::trouble::{self, Trouble};

/// A lesson file, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its file name, as mistakes show it.
    pub file: String,
    pub text: String,
}

impl Source {
    /// Reads the lesson; `strict` as its author wants it.
    ///
    /// # Errors
    /// All mistakes of the file.
    pub fn read(&self, strict: bool) -> Result<Lesson, Vec<Mistake>> {
        if strict {
            lesson::read_strictly(&self.file, &self.text)
        } else {
            lesson::read(&self.file, &self.text)
        }
    }
}

/// The lessons in this binary, in reading order.
pub fn shipped() -> Vec<Source> {
    let source = |(file, text): &(&str, &str)| Source { file: (*file).into(), text: (*text).into() };
    lesson::SHIPPED.iter().map(source).collect()
}

/// The lessons of a folder, by file name.
///
/// # Errors
/// A folder that can't be read, or without a lesson.
pub fn folder(path: &Path) -> Result<Vec<Source>, Trouble> {
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let toml = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml");
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(toml).collect();
    files.sort();
    if files.is_empty() {
        return Err(Trouble::Usage(format!(
            "`{}` holds no lesson: a lesson is a file that ends in .toml",
            path.display()
        )));
    }
    files.iter().map(|path| file(path)).collect()
}

/// One file.
///
/// # Errors
/// A file that can't be read, or is no text.
pub fn file(path: &Path) -> Result<Source, Trouble> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(path, &error))?;
    let file = path.display().to_string();
    let text =
        String::from_utf8(bytes).map_err(|_| Trouble::Usage(format!("`{file}` is not text (UTF-8)")))?;
    Ok(Source { file, text })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::Usage(format!("`{}` can't be read: {}", path.display(), trouble::plain(error)))
}

/// The lesson that `word` means: a name, or a path. Without a word, the first.
///
/// # Errors
/// No such lesson (the nearest name is suggested), or mistakes in it.
pub fn find(word: Option<&str>, lessons: Option<&Path>) -> Result<Lesson, Trouble> {
    let sources = match lessons {
        Some(path) => folder(path)?,
        None => shipped(),
    };
    let Some(word) = word else {
        let first = sources
            .first()
            .ok_or_else(|| Trouble::Machine("this binary was built without lessons".into()))?;
        return first.read(false).map_err(Trouble::Lesson);
    };
    if let Some(source) = sources.iter().find(|source| lesson::name_of(&source.file) == word) {
        return source.read(false).map_err(Trouble::Lesson);
    }
    if word.contains('/') || word.ends_with(".toml") {
        return file(Path::new(word))?.read(false).map_err(Trouble::Lesson);
    }
    let names: Vec<_> = sources.iter().map(|source| lesson::name_of(&source.file)).collect();
    let help = match names::nearest(word, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("lessons are {}", names.join(", ")),
    };
    Err(Trouble::Usage(format!("there is no lesson `{word}`: {help}")))
}
