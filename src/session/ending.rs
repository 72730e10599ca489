//! The end of a run, however it came: the last page, the report, the stage torn down, what was learned, and what comes next.

use super::{Onward, Output, Player, onward};
use crate::error::Error;
use crate::output::line::{Line, labelled};
use crate::output::phrase::filled;
use crate::output::screen::write_all;
use crate::output::{json, narrate, predict};

/// How a run ended, short of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Done,
    Quit,
}

impl Player<'_> {
    /// Plays to the end, or to wherever the student or a broken claim ends it; then tears the stage down.
    ///
    /// # Errors
    /// [`Error::Failed`] for a broken claim, and whatever ended the run early.
    pub fn perform(mut self) -> Result<Onward, Error> {
        let mut played = self.play();
        self.keyboard.give_terminal_back();
        match played {
            // Best effort: what interrupted us may have closed the screen too.
            Err(Error::Interrupted(_)) => drop(self.farewell("Interrupted")),
            Ok(Ending::Quit) => played = self.farewell("Quitting").map(|()| Ending::Quit),
            Ok(Ending::Done) if self.pages() => played = self.last_page().map(|()| Ending::Done),
            _ => {}
        }
        let report = self.handed_in(&played);
        let mut lines: Vec<Line> = self.predicted().into_iter().collect();
        let Player { stage, output, told, lesson, mut keyboard, wanted, run_to, .. } = self;
        let steps = told.len();
        let skipped = told.iter().filter(|step| step.verdict.skipped.is_some()).count();
        let (mut segments, _) = stage.holds();
        let (semaphores, queues) = stage.sets_and_queues();
        let whole = matches!(played, Ok(Ending::Done));
        let stays = if whole { stage.staying() } else { Vec::new() };
        segments.retain(|id| !stays.contains(id));
        let said = lesson.stays.as_ref().map(|stays| filled(stays, &stage.names));
        let torn_down = if whole { stage.leave() } else { stage.tear_down() };
        let ok = whole && torn_down.is_ok();
        let left = torn_down.as_ref().err().map(ToString::to_string);
        let last = json::end(steps, ok, (&segments, &stays), (&semaphores, &queues), left.as_deref());
        if ok {
            lines.insert(0, labelled("LEARNED", lesson.learned.as_ref().unwrap_or(&lesson.goal)));
            lines.extend(wanted.following.tasks());
            lines.extend(wanted.following.next());
            lines.push(labelled("DONE", done(steps, skipped, said.as_deref())));
        }
        let written = report.map(|report| report.write(lines.clone(), last.clone())).transpose();
        if let Output::Tool = &output
            && !matches!(played, Err(Error::Output(_)))
        {
            write_all(&last)?;
        }
        lines.retain(|_| ok);
        lines.extend(written.as_ref().ok().cloned().flatten());
        // What ended the run may have closed the screen too, and counts more.
        let shown = output.show(&lines);
        let end = outcome(played, [torn_down.err(), written.err()])?;
        shown?;
        // Whoever wanted no more pauses gets none.
        if end == Ending::Quit || run_to >= lesson.len() {
            return Ok(Onward::Quit);
        }
        onward::offer(&output, &mut keyboard, &wanted.following)
    }

    /// How many questions were answered, and how many of them right.
    fn predicted(&self) -> Option<Line> {
        let steps = self.told.iter().enumerate();
        let right = steps.filter_map(|(at, step)| predict::right(&narrate::asked(self.lesson, at)?, step));
        let right: Vec<bool> = right.collect();
        let (asked, right) = (right.len(), right.into_iter().filter(|right| *right).count());
        let missed = match asked - right {
            0 => "",
            _ => ". `lab quiz --missed` asks about the others again",
        };
        (asked > 0).then(|| labelled("PREDICTED", format!("{right} of {asked} right{missed}")))
    }

    fn farewell(&self, word: &str) -> Result<(), Error> {
        let (segments, folder) = self.stage.holds();
        let mut things: Vec<String> = segments.iter().map(|id| format!("segment {id}")).collect();
        things.extend(folder.map(|folder| format!("the folder {folder}")));
        self.output.say("")?;
        self.output.say(&format!("{word}: removing {}.", things.join(" and ")))
    }
}

/// What a run came to: what ended it, or else the first of what went wrong after it, and then the rest of that.
fn outcome(played: Result<Ending, Error>, after: [Option<Error>; 2]) -> Result<Ending, Error> {
    after.into_iter().flatten().fold(played, |before, next| match before {
        Ok(_) => Err(next),
        Err(error) => Err(error.and(&next)),
    })
}

/// What a whole run came to, in words; `stays`: what stays behind, where something does.
fn done(steps: usize, skipped: usize, stays: Option<&str>) -> String {
    let played = match steps - skipped {
        played if skipped == 0 => format!("all {played} steps were played"),
        played => format!("{played} of {steps} steps worked as intended, {skipped} did not, see above,"),
    };
    let stays = stays.unwrap_or("Nothing stays behind: no segment, no process, no file.");
    format!("{played} and every claim held. {stays}")
}
