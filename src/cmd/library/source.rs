//! A file that holds a lesson or a bank, from this binary or from outside, and what its text says of it. It reads no
//! file.

use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::lesson::{self, Bank, Lesson, Part, bank};
use crate::text::path_text;

/// A lesson file, not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its file name, as mistakes show it.
    pub file: String,
    /// Where it is, if it did not come with lab.
    pub path: Option<PathBuf>,
    /// Its text, or why it has none.
    pub(super) text: Result<String, String>,
}

impl Source {
    /// Reads the lesson, or finds all mistakes of the file; `strict` as its author wants it.
    pub fn read(&self, strict: bool) -> Result<Lesson, Vec<Diagnostic>> {
        let mut lesson = lesson::read(&self.file, self.text()?, strict, self.path.is_some())?;
        if let Some(origin) = self.origin() {
            lesson.bank.origin = Some(origin.clone());
            lesson.key = origin;
        }
        Ok(lesson)
    }

    /// The whole path of a file from outside.
    fn origin(&self) -> Option<String> {
        self.path.as_deref().map(key_of_file)
    }

    /// The part that its lesson belongs to; one with mistakes can wait.
    pub(super) fn part(&self) -> Part {
        self.read(false).map_or(Part::Further, |lesson| lesson.part)
    }

    /// The number that its name begins with; without one it comes after all others.
    pub(super) fn number(&self) -> u64 {
        let name = self.file.rsplit('/').next().unwrap_or_default();
        let digits = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
        name[..digits].parse().unwrap_or(u64::MAX)
    }

    /// Whether its text has this word.
    pub fn mentions(&self, word: &str) -> bool {
        self.text.as_ref().is_ok_and(|text| text.contains(word))
    }

    fn text(&self) -> Result<&str, Vec<Diagnostic>> {
        let wrong = |why: &String| vec![Diagnostic::at(&self.file, "", 0..0, why.clone(), None)];
        self.text.as_deref().map_err(wrong)
    }

    /// The name that its lesson is called by.
    pub fn name(&self) -> String {
        lesson::name_of(&self.file)
    }

    /// Whether it holds questions rather than a lesson.
    pub fn is_bank(&self) -> bool {
        self.text.as_deref().is_ok_and(bank::is_bank)
    }

    /// Reads the questions, or finds all mistakes of the file; `strict` as their author wants it.
    pub fn bank(&self, strict: bool) -> Result<Bank, Vec<Diagnostic>> {
        bank::read(&self.file, self.text()?, strict).map(|bank| Bank { origin: self.origin(), ..bank })
    }
}

/// What the progress of a file from outside is kept under: its whole path.
pub fn key_of_file(path: &Path) -> String {
    path_text(&std::path::absolute(path).unwrap_or_else(|_| path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_what_the_files_name_begins_with() {
        let number = |file: &str| Source { file: file.into(), path: None, text: Ok(String::new()) }.number();
        assert_eq!(["2-a.toml", "d/10-a.toml", "09-a.toml"].map(number), [2, 10, 9]);
        assert_eq!(["a.toml", "1/a.toml", "99999999999999999999-a.toml", ""].map(number), [u64::MAX; 4]);
    }
}
