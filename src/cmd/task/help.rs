//! What helps with a task: hints for the first check that failed, the solution once yours passes, and forgetting it.

use super::{Chosen, keep, kept};
use crate::error::Error;
use crate::output::line::{Line, Style, ink, labelled, strong};
use crate::output::screen::Screen;
use crate::task::record::TaskRecord;
use crate::text::source;

use super::tasks::TaskFiles;

/// The next hint for the first check that failed.
pub fn hint(chosen: &Chosen, screen: &Screen) -> Result<(), Error> {
    let name = &chosen.files.name;
    // Number 0 is the build, whose hint is what the compiler says.
    let failed = chosen.state.checks.iter().position(|passed| !passed);
    let Some(failed) = failed else {
        return match chosen.state.checks.is_empty() {
            true => Err(Error::Usage(format!(
                "`{name}` was not checked yet: `lab task check` first, then a hint says what to do about what failed"
            ))),
            false => screen.say("every check passed the last time, so there is nothing to hint at"),
        };
    };
    let Some(check) = failed.checked_sub(1).and_then(|at| chosen.task.checks.get(at)) else {
        return screen
            .say("your programs do not compile without a warning yet: `lab task check` shows the line");
    };
    let given = chosen.state.hints.get(&failed).copied().unwrap_or_default();
    let shown = (given + 1).min(check.hints.len());
    let mut lines = vec![strong("CHECK", check.say.clone())];
    for hint in check.hints.iter().take(shown) {
        lines.push(labelled("HINT", hint.clone()));
    }
    lines.push(match check.hints.len() - shown {
        0 if check.hints.is_empty() => labelled("", "This check has no hints."),
        0 => labelled(
            "",
            format!("That was the last one. `lab task solution {name} --give-up` shows programs that pass."),
        ),
        _ => labelled("", "The next `lab task hint` says more."),
    });
    keep(&chosen.files.key, |state| {
        state.hints.insert(failed, shown);
    });
    screen.show(&lines)
}

/// Programs that pass, once the student's own do, or `give_up`.
pub fn solution(chosen: &Chosen, give_up: bool, screen: &Screen) -> Result<(), Error> {
    let name = &chosen.files.name;
    if !chosen.state.passed && !give_up {
        return Err(Error::Usage(format!(
            "your programs for `{name}` do not pass yet, and writing them is what you learn by: `lab task hint` helps, `lab task solution {name} --give-up` shows it anyway"
        )));
    }
    let mut lines = Vec::new();
    for (file, bytes) in &chosen.files.solution.files {
        let begun = chosen.files.start.files.iter().any(|(other, same)| other == file && same == bytes);
        // The student has these lines already.
        if begun {
            continue;
        }
        lines.push(Line::Heading { left: vec![ink(Style::Strong, file.clone())], right: Vec::new() });
        let text = String::from_utf8_lossy(bytes);
        lines.extend(text.lines().map(|line| Line::Code { label: "", text: source(line) }));
        lines.push(Line::Blank);
    }
    screen.show(&lines)
}

/// Forgets a task.
pub fn reset(files: &TaskFiles, screen: &Screen) -> Result<(), Error> {
    if !kept().tasks.contains_key(&files.key) {
        return screen.say(&format!("nothing is kept of the task `{}`", files.name));
    }
    let failed = |why: String| Error::System("forget the task", std::io::Error::other(why));
    TaskRecord::forget(&files.key).map_err(failed)?;
    screen
        .say(&format!("forgotten is what was kept of the task `{}`; your files are as they were", files.name))
}
