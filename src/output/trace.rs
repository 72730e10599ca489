//! A trace in words: each event as it happens; what it means is in `call` and `fault`, what is said at the end in
//! `summary`. Pure functions over the story; every word with a number in it was observed.

mod call;
pub mod fault;
mod fold;
mod summary;
pub mod verdict;
pub mod waits;

use super::evidence::{changed_in_a_line, outcome, row_text, shown, source_line, stat_text};
use super::line::{Line, Piece, Style, ink, labelled, plain, strong};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::meaning::Meaning;
use crate::facts::outcome::Outcome;
use crate::facts::traced_call::TracedCall;
use crate::trace::Story;
use fold::Before;

pub use call::{ago, cure, holder, kind_of, limit, remove, removed, sentence};
pub use fold::Fold;
pub use summary::{ended, findings, last_words, notes, summary, unseen};
pub use waits::timeout;

/// What a trace says before the program starts.
pub fn opening(words: &str, remarks: &[String]) -> Vec<Line> {
    let mut lines = vec![strong("TRACE", words)];
    lines.extend(remarks.iter().map(|remark| labelled("NOTE", remark)));
    lines.push(Line::Blank);
    lines
}

/// One event, unless it is one that no person asks for.
pub fn folded(fold: &mut Fold, story: &Story, told: &Event) -> Vec<Line> {
    let Some(Before { birth, runs }) = fold.of(story, told) else { return Vec::new() };
    let birth = birth.map(|birth| event(story, &birth)).unwrap_or_default();
    birth.into_iter().chain(runs).chain(event(story, told)).collect()
}

/// How many processes nothing was reported of.
pub fn silent(fold: &Fold) -> Vec<Line> {
    let text = match fold.silent() {
        0 => return Vec::new(),
        1 => "1 process made no call that lab decodes, and is not shown; --all shows it too".to_owned(),
        many => {
            format!("{many} processes made no call that lab decodes, and are not shown; --all shows them too")
        }
    };
    vec![labelled("NOTE", text)]
}

/// Who made a call, in its colour.
fn actor(story: &Story, event: &Event) -> Piece {
    let place = story.process(event.pid).map_or(0, |process| process.place);
    let mut who = format!("{} {}", event.role, event.pid);
    if let Some(thread) = event.seen().thread {
        who.push_str(&format!(" (thread {thread})"));
    }
    ink(Style::Actor(place), who)
}

/// What a reader of a trace needs of a segment's row.
const FIELDS: [&str; 6] = ["shmid", "key", "mode", "size", "nattch", "cpid"];

pub fn event(story: &Story, event: &Event) -> Vec<Line> {
    let seen = event.seen();
    let mut lines = first_lines(event, actor(story, event));
    lines.extend(seen.source.as_ref().map(source_line));
    lines.extend(seen.meaning.as_ref().map(|meaning| labelled("MEANS", sentence(meaning))));
    match (event.before.segments.is_some(), event.segment.and_then(|shmid| event.after.segment(shmid))) {
        // A call that leaves the row as it is has nothing to show of it.
        (true, _) => lines.extend(changed_in_a_line(event)),
        (false, Some(_)) if matches!(seen.meaning, Some(Meaning::Created { .. })) => {}
        (false, Some(row)) => lines.push(labelled("ROW", row_text(row, |name| FIELDS.contains(&name)))),
        _ => {}
    }
    lines.extend(meanwhile(event).map(|text| labelled("MEANWHILE", text)));
    lines.extend(event.stat.as_ref().map(|stat| labelled("STAT", stat_text(stat))));
    if let Some(content) = &event.content {
        lines.push(labelled("CONTENT", format!("it begins with {}", shown(&content.bytes))));
    }
    if let Some((offset, bytes)) = seen.beyond {
        lines.push(labelled("BEYOND", beyond(offset, bytes)));
    }
    lines.push(Line::Blank);
    lines
}

/// Who did what, and what came back.
fn first_lines(event: &Event, who: Piece) -> Vec<Line> {
    let line = |label, what: Vec<Piece>| {
        let pieces = [who.clone(), plain(": ")].into_iter().chain(what).collect();
        Line::Labelled { label, pieces }
    };
    match (event.seen().traced, &event.outcome) {
        (Some(TracedCall::Exit), Outcome::Exited(status)) => {
            vec![line("EXIT", vec![plain(format!("exit status {status}"))])]
        }
        (Some(TracedCall::Exit), Outcome::Died { .. }) if event.seen().by_lab => {
            vec![line("EXIT", vec![plain("ended by lab, which ends the program where it stands")])]
        }
        (Some(TracedCall::Exit), Outcome::Died { signal, .. }) => {
            vec![line("EXIT", vec![plain("killed by "), ink(Style::Bad, constants::signal(*signal))])]
        }
        (Some(TracedCall::Fault), Outcome::Died { signal, fault }) => {
            let what = vec![plain(format!("{}: ", event.call)), ink(Style::Bad, constants::signal(*signal))];
            let mut lines = vec![line("FAULT", what)];
            let code = fault
                .filter(|_| *signal == libc::SIGSEGV)
                .and_then(|fault| constants::numbered(constants::SI_CODES, fault.code.into()));
            lines.extend(code.map(|row| labelled("CODE", format!("{}: {}", row.name, row.plain))));
            lines
        }
        (Some(TracedCall::Execve), _) => vec![line("CALL", vec![plain(&event.call)])],
        _ => {
            let mut lines = vec![line("CALL", vec![plain(&event.call)])];
            lines.extend(outcome(event));
            lines
        }
    }
}

/// What of the change of nattch is not this event's own.
fn meanwhile(event: &Event) -> Option<String> {
    let moved = event.seen().meanwhile;
    let shmid = event.segment.filter(|_| moved != 0 && !event.seen().by_lab)?;
    let (before, after) = (event.before.segment(shmid)?, event.after.segment(shmid)?);
    let own = after.nattch.cast_signed() - moved;
    let many = moved.unsigned_abs();
    let did = if moved > 0 { format!("added {many}") } else { format!("took {many} away") };
    Some(format!(
        "this alone takes nattch from {} to {own}; between lab's two looks other processes {did}",
        before.nattch
    ))
}

fn beyond(offset: u64, bytes: u64) -> String {
    let bytes = if bytes == 1 { "one byte is".to_owned() } else { format!("{bytes} bytes are") };
    format!(
        "behind the size that was asked for, from offset {offset} on, {bytes} written: only the rest of the page makes room for that"
    )
}
