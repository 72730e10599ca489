//! The verdict over a run in words: a line, and a line for each thing that lab can't say. Pure functions.

use crate::constants;
use crate::output::line::{Line, Style, ink, labelled, plain};
use crate::output::phrase::{capital, counted, in_brackets};
use crate::trace::findings::{Doubt, Judgement, Refusal, Verdict};

/// The lines that stand before the findings.
pub fn lines(verdict: &Verdict) -> Vec<Line> {
    let style = match verdict.verdict {
        Judgement::Right => Style::Strong,
        _ => Style::Bad,
    };
    let pieces = vec![ink(style, word(verdict.verdict)), plain(format!(": {}", sentence(verdict)))];
    // The sentence has told the first doubt where it is the verdict.
    let told = usize::from(verdict.verdict == Judgement::CantSay);
    let more = verdict.doubts.iter().skip(told).map(|more| labelled("", begun(doubt(more))));
    [Line::Labelled { label: "VERDICT", pieces }].into_iter().chain(more).collect()
}

/// The verdict as a person says it.
fn word(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Right => "right",
        Judgement::RightByAccident => "right by accident",
        Judgement::Wrong => "wrong",
        Judgement::CantSay => "can't say",
    }
}

/// What the verdict rests on.
pub fn sentence(verdict: &Verdict) -> String {
    let names = verdict.because_of.join(", ");
    match verdict.verdict {
        Judgement::Right => {
            let calls = counted(verdict.calls, "call");
            let failed = match verdict.failed {
                0 => String::new(),
                1 => " (one was refused, and the program went on as it should)".into(),
                many => format!(" ({many} were refused, and the program went on as it should)"),
            };
            format!(
                "the program made {calls} about shared memory{failed}, and lab found no mistake in this run."
            )
        }
        Judgement::RightByAccident => {
            format!("this run ended well, and the next one need not, because of {names}.")
        }
        Judgement::Wrong => format!("{names}."),
        Judgement::CantSay => verdict.doubts.first().map(doubt).unwrap_or_default(),
    }
}

/// A doubt as a sentence of its own; a program's name, and lab's, begin as they are.
fn begun(text: String) -> String {
    if text.starts_with("the ") { capital(&text) } else { text }
}

/// Why lab can't say whether the run was right.
pub fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::TimeLimit => "the program ran until its time was up, and lab ended it: what it would have done then, lab did not see.".into(),
        Doubt::LabStopped => "lab itself was kept from running, and did not see all that the program did.".into(),
        Doubt::Killed { role, signal } => format!(
            "{role} was killed by {}, so what it would have done then, lab did not see.",
            constants::signal(*signal)
        ),
        Doubt::CallForbidden { role, call: Some(call) } => format!(
            "{role} called {call}, and a filter (seccomp) on this program sends SIGSYS to a process that calls {call}: the program gets no shared memory here."
        ),
        Doubt::CallForbidden { role, call: None } => format!(
            "{role} was killed by SIGSYS: a filter (seccomp) on this program forbids the call that {role} made, and lab can't see which call that was."
        ),
        Doubt::Refused { refusal, more } => refused(refusal, *more),
        Doubt::Undecoded { calls } => format!(
            "the program made {} about shared memory that lab does not decode.",
            counted(*calls, "call")
        ),
        Doubt::Architecture { program } => {
            format!("`{program}` is a program for another architecture, and lab can't see its calls.")
        }
        Doubt::Namespace { role } => format!(
            "{role} is in an IPC namespace of its own, and lab can't look at the segments there."
        ),
        Doubt::Filter { role, calls } => format!(
            "{role} has put a filter (seccomp) on itself that refuses {}: such calls don't reach lab.",
            calls.join(", ")
        ),
        Doubt::NotFollowed => "a process of the program hid from lab, which did not see all that the process did.".into(),
        Doubt::Privileged { role, call } => format!(
            "{role} runs as root, and {call} worked only because of that: the segment belongs to another user, and its mode refuses everybody else."
        ),
        Doubt::Unordered { one, other, shmid } => format!(
            "{one} and {other} could both write to segment {shmid} at the same time, and nothing makes them take turns: whether they wrote to the same place, lab can't see."
        ),
        Doubt::AttachRace { user, by, shmid } => format!(
            "{user} attached segment {shmid} before {by} removed it, and whether {by} waited for that, lab can't see."
        ),
        Doubt::Apart { reader, empty, writer, filled } => format!(
            "{reader} found nothing in segment {empty}, and what {writer} wrote is in segment {filled}, with another key: whether {reader} was to read that, lab can't see."
        ),
        Doubt::NothingAttached => "no process attached a segment, so nothing was read or written.".into(),
        Doubt::NoCall => "lab saw no call about System V shared memory, and judges nothing else.".into(),
    }
}

fn refused(refusal: &Refusal, more: usize) -> String {
    let Refusal { role, call, errno, place } = refusal;
    let place = in_brackets(place.as_ref());
    let more = match more {
        0 => String::new(),
        1 => ", and another call was refused too".into(),
        more => format!(", and {more} other calls were refused too"),
    };
    format!(
        "the kernel refused {role}'s {call}{place} with {}{more}, and the program did not get what it asked for.",
        constants::errno(*errno)
    )
}
