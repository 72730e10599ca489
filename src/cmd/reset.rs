//! `lab reset`: forgets one lesson, or which lessons were played, what was predicted and what was answered in the quiz.
//! It says what it would forget and asks first; without a terminal to ask on it wants `--yes`.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::library;
use crate::cli::ResetArgs;
use crate::error::{self, Error};
use crate::output::screen::Screen;
use crate::progress::{LessonProgress, Progress};
use crate::quiz::record::QuizRecord;
use crate::session;
use crate::task::record::TaskRecord;
use crate::text::shell_word;

/// Forgets all progress, or that of one lesson.
pub fn run(args: &ResetArgs) -> Result<(), Error> {
    let screen = args.looks.screen_of_lines();
    match &args.lesson {
        Some(word) => one(args, &screen, word),
        None => all(args, &screen),
    }
}

fn all(args: &ResetArgs, screen: &Screen) -> Result<(), Error> {
    let question = "forget all that you played, predicted and answered in the quiz?";
    if !confirmed(args, screen, question)? {
        return screen.say("nothing was forgotten");
    }
    let forgotten = Progress::reset().and_then(|()| QuizRecord::reset()).and_then(|()| TaskRecord::reset());
    forgotten.map_err(Error::context("forget the progress"))?;
    screen.say("all progress is forgotten")
}

fn one(args: &ResetArgs, screen: &Screen, word: &str) -> Result<(), Error> {
    let failed = |why: String| Error::System("forget the lesson", io::Error::other(why));
    let progress = match Progress::read() {
        Ok(progress) => progress,
        Err(unread) if unread.is_begun_anew() => {
            screen.say(&unread.words())?;
            Progress::default()
        }
        Err(unread) => return Err(failed(unread.words())),
    };
    let key = key(word, &progress)?;
    let Some(known) = progress.lessons.get(&key) else {
        return screen.say(&format!("nothing is kept of the lesson `{key}`"));
    };
    let what = format!("the lesson `{key}`: {}", in_words(known));
    if !confirmed(args, screen, &format!("forget {what}?"))? {
        return screen.say("nothing was forgotten");
    }
    Progress::forget(&key).map_err(failed)?;
    screen.say(&format!("forgotten is {what}"))
}

/// What progress is kept under for a name or a path. A lesson that lab no longer has can be forgotten too.
fn key(word: &str, progress: &Progress) -> Result<String, Error> {
    if word.contains('/') || word.ends_with(".toml") {
        return Ok(library::key_of_file(Path::new(word)));
    }
    let mut names: Vec<String> = library::all(None)?.into_iter().map(|lesson| lesson.name).collect();
    let gone = progress.lessons.keys().filter(|key| !key.contains('/') && !names.contains(*key));
    names.extend(gone.cloned().collect::<Vec<_>>());
    if names.iter().any(|name| name == word) {
        return Ok(word.into());
    }
    Err(error::unknown("lesson", word, names.iter().map(String::as_str)))
}

fn in_words(known: &LessonProgress) -> String {
    let (right, asked) = known.predicted();
    let played = match (known.done, known.steps) {
        (true, _) => "you played it to the end".into(),
        (false, steps) => format!("you played it up to step {steps}"),
    };
    match asked {
        0 => played,
        asked => format!("{played}, and {right} of {asked} predictions were right"),
    }
}

/// Whether it is wanted; `--yes` answers the question.
fn confirmed(args: &ResetArgs, screen: &Screen, question: &str) -> Result<bool, Error> {
    if args.yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        let name = args.lesson.as_ref().map_or(String::new(), |word| format!(" {}", shell_word(word)));
        return Err(Error::Usage(format!(
            "there is no terminal to confirm it on; say `lab reset{name} --yes`"
        )));
    }
    session::confirm(screen, None, question, false)
}
