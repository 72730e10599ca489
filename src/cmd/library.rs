//! Where lessons come from: this binary, a file, a folder. It finds and reads them; a lesson from outside is
//! data from a stranger: a regular file, read no further than its size limit.

mod source;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::is_path;
use crate::constants;
use crate::error::{Error, unknown, unreadable};
use crate::lesson::{self, Lesson, MAX_FILE_BYTES, Part, Words};
use crate::sys::{confine, files};
use crate::text::path_text;
use crate::trace::findings::Reading;

pub use source::{Source, key_of_file};

/// The walk through the six calls, which is what `lab step-through` plays without a word.
const WALK: &str = "sheet";

/// What the sheet's two programs need in a sandbox: there they have no key file of whoever runs lab.
const KEY_FILE: &str = r#"
title = "The sheet's two programs, one after the other"
goal  = "The client finds what the server has left."
host  = true
[[step]]
who    = "lab"
call   = 'create("lab.key")'
expect = "ok"
say    = "The key file is there, and empty."
"#;

/// The lessons of a folder, or those that come with lab, in the order in which they are played, which stands here and
/// nowhere else: the core first, and each part by the numbers of its files.
pub fn all(folder: Option<&Path>) -> Result<Vec<Lesson>, Error> {
    let lessons = sources(folder)?.into_iter().map(|source| source.read(false));
    let mut lessons = lessons.collect::<Result<Vec<_>, _>>()?;
    lessons.sort_by_key(|lesson| lesson.part);
    Ok(lessons)
}

/// The lesson to play after the one with this key and part, in the order of [`all`]; none after the last, and none after a
/// lesson from outside, whose key is a path.
pub fn next_after(key: &str, part: Part) -> Option<Lesson> {
    let sources = shipped();
    let at = sources.iter().position(|source| source.name() == key)?;
    let read = |source: &Source| source.read(false).ok();
    // One lesson after the other is read, until one is it.
    let mut later = sources[at + 1..].iter().filter_map(read);
    let first_of = |part| sources.iter().filter_map(read).find(|lesson| lesson.part == part);
    later
        .find(|lesson| lesson.part == part)
        .or_else(|| first_of(Part::Further).filter(|_| part == Part::Core))
}

/// The sources in a folder, or those that come with lab, by number.
fn sources(folder: Option<&Path>) -> Result<Vec<Source>, Error> {
    folder.map_or_else(|| Ok(shipped()), self::folder)
}

/// The lessons in this binary, by number.
pub fn shipped() -> Vec<Source> {
    built_in("", lesson::SHIPPED)
}

fn built_in(folder: &str, files: &[(&str, &str)]) -> Vec<Source> {
    let source = |(file, text): &(&str, &str)| Source {
        file: format!("{folder}{file}"),
        path: None,
        text: Ok((*text).into()),
    };
    files.iter().map(source).collect()
}

/// The lesson and the step, from 1, that a diagnosis points to.
pub fn step_of(reading: Reading) -> Option<(String, usize)> {
    let (Reading::Call(name, _) | Reading::Covers(name, _)) = reading;
    let source = shipped().into_iter().find(|source| source.name() == name)?;
    let lesson = source.read(false).ok()?;
    let at = lesson.steps().position(|step| match reading {
        Reading::Call(_, call) => step.action.call.to_string() == call,
        Reading::Covers(_, number) => step.words.covers.contains(&number),
    })?;
    Some((lesson.name, at + 1))
}

/// What to say before a stranger's lesson or question is played where this machine lacks a wall around its processes.
pub fn fewer_walls() -> Option<String> {
    let missing = confine::missing().join(" and no ");
    let told = || {
        format!(
            "this machine has no {missing} for a lesson that did not come with lab. Lab still checks every address that the lesson touches, but with one wall less: play only what you trust."
        )
    };
    (!missing.is_empty()).then(told)
}

/// The question banks in this binary, by file name.
pub fn shipped_banks() -> Vec<Source> {
    built_in("quiz/", lesson::SHIPPED_BANKS)
}

/// The lesson of one of the sheet's two programs, `server` or `client`.
pub fn terminal(role: &str) -> Result<Lesson, Error> {
    let source = terminals().into_iter().find(|source| source.name() == role);
    let source = source.ok_or_else(|| Error::Machine(format!("this binary was built without its {role}")))?;
    Ok(source.read(false)?)
}

/// The lessons of the sheet's two programs, in the order in which they are started.
pub fn terminals() -> Vec<Source> {
    built_in("terminals/", lesson::SHIPPED_TERMINALS).into_iter().rev().collect()
}

/// The sheet's two programs as one lesson, server first, as a sandbox can play it: with a key file of its own, and
/// nothing stays.
pub fn pair() -> Result<Lesson, Error> {
    let read = terminals().into_iter().map(|source| source.read(true)).collect::<Result<Vec<_>, _>>()?;
    let file = read.iter().map(|lesson| lesson.file.as_str()).collect::<Vec<_>>().join(" and ");
    let mut pair = lesson::read(&file, KEY_FILE, true, false)?;
    for lesson in read {
        pair.input = pair.input.or(lesson.input);
        pair.script.actions.extend(lesson.script.actions);
        // Each step keeps its own question.
        let before = pair.bank.questions.len();
        let moved = |words: Words| Words { question: words.question.map(|place| before + place), ..words };
        pair.words.extend(lesson.words.into_iter().map(moved));
        pair.bank.questions.extend(lesson.bank.questions);
    }
    Ok(pair)
}

/// The lessons of a folder, of which there is at least one, by number and file name.
pub fn folder(path: &Path) -> Result<Vec<Source>, Error> {
    let entries = fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
    let lesson = |path: &PathBuf| path.extension().is_some_and(|end| end == "toml") && path.is_file();
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(lesson).collect();
    files.sort();
    if files.is_empty() {
        let folder = path_text(path);
        return Err(Error::Usage(format!(
            "`{folder}` holds no lesson: a lesson is a file that ends in .toml"
        )));
    }
    let mut sources = files.iter().map(|path| file(path)).collect::<Result<Vec<_>, _>>()?;
    sources.sort_by_key(Source::number);
    Ok(sources)
}

/// What is in a regular file, and one byte more than `most` if there is more.
pub fn bytes(path: &Path, most: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let read = files::regular(path).and_then(|file| file.take(most as u64 + 1).read_to_end(&mut bytes));
    read.map_err(|error| unreadable(path, &error))?;
    Ok(bytes)
}

/// One file.
///
/// # Errors
/// A file that can't be read. A file that holds anything but a lesson has mistakes, which are reported when it is
/// read.
pub fn file(path: &Path) -> Result<Source, Error> {
    let text = match String::from_utf8(bytes(path, MAX_FILE_BYTES)?) {
        Ok(text) if text.len() <= MAX_FILE_BYTES => Ok(text),
        Err(error) if error.as_bytes().len() <= MAX_FILE_BYTES => Err("the file is not text (UTF-8)".into()),
        _ => {
            Err(format!("the file is larger than {} KiB, the most that a lesson has", MAX_FILE_BYTES / 1024))
        }
    };
    Ok(Source { file: path_text(path), path: Some(path.into()), text })
}

/// The lesson that `word` means: a name, a file, or a folder, of which it is the first. Without a word, the first of
/// `lessons`, or of those that come with lab the walk through the six calls.
pub fn find(word: Option<&str>, lessons: Option<&Path>) -> Result<Lesson, Error> {
    let mut sources = sources(lessons)?;
    let Some(word) = word.or(lessons.is_none().then_some(WALK)) else {
        // The first of [`all`], without reading more than it takes.
        let mut read = sources.iter().map(|source| source.read(false));
        let core = read.find(|read| read.as_ref().is_ok_and(|lesson| lesson.part == Part::Core));
        let first = core.or_else(|| sources.first().map(|source| source.read(false)));
        let first = first.ok_or_else(|| Error::Machine("this binary was built without lessons".into()))?;
        return Ok(first?);
    };
    if let Some(source) = constants::in_any_case(&sources, word, Source::name) {
        return Ok(source.read(false)?);
    }
    if is_path(word) {
        let path = Path::new(word);
        let source = if path.is_dir() { folder(path)?.swap_remove(0) } else { file(path)? };
        return Ok(source.read(false)?);
    }
    sources.sort_by_cached_key(Source::part);
    let names: Vec<_> = sources.iter().map(Source::name).collect();
    Err(unknown("lesson", word, names.iter().map(String::as_str)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::findings::RULES;

    #[test]
    fn every_diagnosis_points_to_a_step() {
        for rule in RULES {
            assert!(step_of(rule.reading).is_some(), "{}: no step for {:?}", rule.name, rule.reading);
        }
    }

    #[test]
    fn the_core_comes_first_and_each_part_goes_by_number() {
        let lessons = all(None).expect("the lessons");
        let core = lessons.iter().take_while(|lesson| lesson.part == Part::Core);
        let core: Vec<_> = core.map(|lesson| lesson.name.as_str()).collect();
        let wanted =
            ["why", "sheet", "as-written", "client-first", "ftok", "shmget", "shmat", "races", "shmdt"];
        assert_eq!(core, wanted);
        let parts = [core.len(), lessons.len()];
        let further = &lessons[parts[0]..];
        assert!(further.iter().all(|lesson| lesson.part == Part::Further));
        for part in [&lessons[..parts[0]], further] {
            assert!(part.is_sorted_by_key(|lesson| &lesson.file), "{part:?}");
        }
        let order: Vec<_> = lessons.iter().map(|lesson| Some(lesson.name.clone())).collect();
        let after = lessons.iter().map(|lesson| next_after(&lesson.key, lesson.part).map(|next| next.name));
        assert_eq!(after.collect::<Vec<_>>(), [&order[1..], &[None]].concat());
        let none = |key| next_after(key, Part::Core).is_none();
        assert!(none("/home/me/01-sheet.toml") && none(""));
    }

    #[test]
    fn a_diagnosis_has_a_name_of_its_own_and_follows_known_ones() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(RULES[at + 1..].iter().all(|other| other.name != rule.name), "{} twice", rule.name);
            for cause in rule.follows.iter().copied().flatten() {
                let known = RULES.iter().any(|other| other.name == *cause && other.name != rule.name);
                assert!(known, "{} follows from {cause}, which no rule finds", rule.name);
            }
        }
    }
}
