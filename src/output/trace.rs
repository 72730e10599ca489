//! A trace in words: each event as it happens, and at the end what became of every segment and what led to what.
//! Pure functions over the story; every word with a number in it was observed.

use super::evidence::{changes, outcome, shown, stat_text};
use super::line::{Line, Piece, Style, ink, labelled, plain};
use crate::constants;
use crate::facts::changes::fields;
use crate::facts::event::{Event, Segment, Source};
use crate::facts::outcome::Outcome;
use crate::text;
use crate::trace::{End, Life, Story};

/// How many lives and leftovers are listed one by one.
const MAX_LIVES_TOLD: usize = 10;

/// What a trace says before the program starts.
pub fn opening(words: &str, remarks: &[String]) -> Vec<Line> {
    let mut lines = vec![Line::Labelled { label: "TRACE", pieces: vec![ink(Style::Strong, words)] }];
    lines.extend(remarks.iter().map(|remark| labelled("NOTE", remark)));
    lines.push(Line::Blank);
    lines
}

/// One event.
pub fn event(story: &Story, event: &Event) -> Vec<Line> {
    let seen = event.seen();
    let place = story.process(event.pid).map_or(0, |process| process.place);
    let mut who = format!("{} {}", event.role, event.pid);
    if let Some(thread) = seen.thread {
        who.push_str(&format!(" (thread {thread})"));
    }
    let mut lines = first_lines(event, ink(Style::Actor(place), who));
    lines.extend(seen.source.as_ref().map(|source| labelled("SOURCE", spelled(source))));
    if !seen.situation.is_empty() {
        lines.push(labelled("MEANS", &seen.situation));
    }
    match (event.before.segments.is_some(), event.segment.and_then(|shmid| event.after.segment(shmid))) {
        (true, _) => lines.extend(changes(event)),
        (false, Some(row)) => lines.push(labelled("ROW", briefly(row))),
        _ => {}
    }
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
    match (event.function, &event.outcome) {
        ("exit", Outcome::Exited(status)) => vec![line("EXIT", vec![plain(format!("exit status {status}"))])],
        ("exit", Outcome::Died { signal, .. }) => {
            vec![line("EXIT", vec![plain("killed by "), ink(Style::Bad, constants::signal(*signal))])]
        }
        ("fault", Outcome::Died { signal, fault }) => {
            let what = vec![plain(format!("{}: ", event.call)), ink(Style::Bad, constants::signal(*signal))];
            let mut lines = vec![line("FAULT", what)];
            let code = fault
                .filter(|_| *signal == libc::SIGSEGV)
                .and_then(|fault| constants::numbered(constants::SI_CODES, fault.code.into()));
            lines.extend(code.map(|row| labelled("CODE", format!("{}: {}", row.name, row.plain))));
            lines
        }
        ("execve", _) => vec![line("CALL", vec![plain(&event.call)])],
        _ => {
            let mut lines = vec![line("CALL", vec![plain(&event.call)])];
            lines.extend(outcome(event));
            lines
        }
    }
}

fn beyond(offset: u64, bytes: u64) -> String {
    let bytes = if bytes == 1 { "one byte is".to_owned() } else { format!("{bytes} bytes are") };
    format!(
        "behind the size that was asked for, from offset {offset} on, {bytes} written: only the rest of the page makes room for that"
    )
}

fn spelled(source: &Source) -> String {
    let place = format!("{}:{}", source.file, source.line);
    source.text.as_ref().map_or(place.clone(), |text| format!("{place}  {}", text::source(text)))
}

/// A row without what a reader of a trace does not need.
fn briefly(row: &Segment) -> String {
    let wanted = ["shmid", "key", "mode", "size", "nattch", "cpid"];
    let facts = fields(row).into_iter().filter(|(name, _)| wanted.contains(name));
    facts.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join("  ")
}

/// What a trace says at its end; `found`: what the diagnoses say; `sandbox`: whether the program had a namespace
/// of its own, which goes with it.
pub fn summary(story: &Story, end: &End, found: Vec<Line>, sandbox: bool) -> Vec<Line> {
    let mut lines =
        vec![Line::Labelled { label: "SUMMARY", pieces: vec![ink(Style::Strong, totals(story))] }];
    lines.push(labelled("ENDED", ended(story, end)));
    if let End::TimedOut(doing) = end {
        lines.extend(doing.iter().map(|what| labelled("TIMEOUT", what)));
    }
    lines.extend(story.lives.iter().take(MAX_LIVES_TOLD).map(|life| labelled("SEGMENT", told(story, life))));
    let more = story.passed + story.lives.len().saturating_sub(MAX_LIVES_TOLD);
    if more > 0 {
        let destroyed =
            story.lives.iter().skip(MAX_LIVES_TOLD).filter(|life| life.destroyed).count() + story.passed;
        lines.push(labelled("", format!("and {more} more, of which {destroyed} are destroyed")));
    }
    lines.extend(left(story, sandbox));
    lines.extend(why(story));
    lines.extend(found);
    let alike = story.repeated - story.unlike;
    if alike > 0 {
        let text = format!("{alike} more calls like those above were counted and not told; --all tells each");
        lines.push(labelled("REPEATED", text));
    }
    if story.unlike > 0 {
        let text = format!(
            "and {} more calls, of more shapes than a person reads, were counted and not told; --all tells each",
            story.unlike
        );
        lines.push(labelled(if alike > 0 { "" } else { "REPEATED" }, text));
    }
    lines.extend(notes(story).iter().map(|what| labelled("NOTE", what)));
    if !story.lives.is_empty() {
        lines.push(labelled("UNSEEN", "Stores and loads are no calls: who wrote what and when, and races between them, no trace can see."));
    }
    lines.extend(unseen(story).iter().map(|what| labelled("UNSEEN", what)));
    lines
}

/// What else has to be said of this trace, in sentences.
pub fn notes(story: &Story) -> Vec<String> {
    let (children, it) = match story.hidden {
        1 => ("child was", "it"),
        _ => ("children were", "them"),
    };
    let hidden = (story.hidden > 0).then(|| {
        format!(
            "{} {children} to be hidden from a tracer (CLONE_UNTRACED): lab took that flag out of the call while the kernel worked on it, and followed {it} like every other process.",
            story.hidden
        )
    });
    hidden.into_iter().chain(story.notes.iter().cloned()).collect()
}

/// What this trace could not see, in sentences.
pub fn unseen(story: &Story) -> Vec<String> {
    let mut unseen = Vec::new();
    let undecoded = &story.undecoded;
    if undecoded.calls > 0 {
        let failed = match undecoded.failed {
            0 => String::new(),
            failed => format!(", and {failed} of them failed"),
        };
        unseen.push(format!(
            "{} with 32-bit or x32 numbers (int $0x80){failed}; lab does not decode them, and what they did is not in this story.",
            number(undecoded.calls, "call about shared memory was made", "calls about shared memory were made")
        ));
    }
    unseen.extend(story.unseen.iter().cloned());
    unseen.extend((story.unsaid > 0).then(|| format!("And {} more of this kind.", story.unsaid)));
    unseen.extend((story.unheld > 0).then(|| {
        format!(
            "Of {} attaches lab has kept no address: the program had more at once than it keeps.",
            story.unheld
        )
    }));
    unseen
}

fn number(count: u64, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    }
}

fn totals(story: &Story) -> String {
    const OURS: [&str; 4] = ["shmget", "shmat", "shmdt", "shmctl"];
    let calls: u64 = OURS.iter().filter_map(|name| story.counted.get(name)).sum();
    let failed = match story.failed {
        0 => String::new(),
        failed => format!(", {failed} of them failed"),
    };
    let undecoded = match story.undecoded.calls {
        0 => String::new(),
        calls => format!(", {calls} more that lab does not decode"),
    };
    format!(
        "{}, {}{failed}{undecoded}",
        number(story.entered as u64, "process", "processes"),
        number(calls, "call about shared memory", "calls about shared memory")
    )
}

fn ended(story: &Story, end: &End) -> String {
    let role = story.processes.first().map_or("the program", |process| process.role.as_str());
    match end {
        End::Exited(status) => format!("{role} ended with exit status {status}"),
        End::Killed(signal) => format!("{role} was killed by {}", constants::signal(*signal)),
        End::TimedOut(_) => "the time was up; lab has killed the program".into(),
    }
}

/// A segment's life in one sentence.
fn told(story: &Story, life: &Life) -> String {
    let key = crate::facts::outcome::Value::Key(life.key);
    let key = if life.key == 0 { "IPC_PRIVATE".to_owned() } else { format!("key {key}") };
    let made = match (life.made, life.made_by.as_str()) {
        (true, by) => format!("made by {by}"),
        (false, "") => "there before".into(),
        (false, pid) => format!("there before, made by process {pid}"),
    };
    let attached = match life.attached_by.len() as u64 + life.attached_by_more {
        0 => "attached by nobody".to_owned(),
        1..=5 => format!("attached by {}", life.attached_by.join(", ")),
        many => format!("attached by {} and {} more", life.attached_by[..4].join(", "), many - 4),
    };
    let end = match (life.marked, &life.left, life.destroyed) {
        (Some(number), None, _) => format!("marked for removal{}, destroyed", by(story, number)),
        (Some(number), Some(_), _) => {
            format!("marked for removal{}, but still attached somewhere", by(story, number))
        }
        (None, Some(_), _) => "never removed".into(),
        (None, None, true) => "gone".into(),
        (None, None, false) => "its end was not seen".into(),
    };
    format!(
        "{}, {key}, {} bytes, mode 0{:o}: {made}; {attached}; attached {}, detached {}; {end}.",
        life.shmid,
        life.size,
        life.mode,
        times(life.attaches),
        times(life.detaches)
    )
}

fn times(count: u64) -> String {
    match count {
        0 => "never".into(),
        1 => "once".into(),
        2 => "twice".into(),
        count => format!("{count} times"),
    }
}

fn by(story: &Story, number: usize) -> String {
    story.event(number).map(|event| format!(" by {}", event.role)).unwrap_or_default()
}

/// What is still there, and how to remove it.
fn left(story: &Story, sandbox: bool) -> Vec<Line> {
    let left: Vec<&Life> = story.lives.iter().filter(|life| life.made && life.left.is_some()).collect();
    let mut lines: Vec<Line> = left
        .iter()
        .take(MAX_LIVES_TOLD)
        .map(|life| {
            let then = if sandbox {
                "; here the kernel frees it with the sandbox, elsewhere it would stay".to_owned()
            } else {
                format!(" and stays until it is removed or the machine restarts: ipcrm -m {}", life.shmid)
            };
            let still = ink(Style::Bad, format!("segment {} is still there", life.shmid));
            Line::Labelled { label: "LEFT", pieces: vec![still, plain(then)] }
        })
        .collect();
    if left.len() > MAX_LIVES_TOLD {
        lines.push(labelled("", format!("and {} more: ipcs -m lists them", left.len() - MAX_LIVES_TOLD)));
    }
    lines
}

/// The chain from the first cause to the last thing that went wrong, for each end of such a chain.
fn why(story: &Story) -> Vec<Line> {
    let causes: Vec<usize> = story.events.iter().filter_map(|event| event.seen().cause).collect();
    let is_bad = |event: &Event| matches!(event.outcome, Outcome::Failed(_) | Outcome::Died { .. });
    let ends = story.events.iter().filter(|event| {
        let seen = event.seen();
        seen.cause.is_some() && is_bad(event) && !causes.contains(&seen.number)
    });
    let mut lines = Vec::new();
    for end in ends.take(5) {
        let chain = story.chain(end.seen().number);
        for (place, event) in chain.iter().filter_map(|number| story.event(*number)).enumerate() {
            lines.push(Line::Labelled {
                label: if place == 0 { "WHY" } else { "" },
                pieces: link(place, event),
            });
        }
    }
    lines
}

fn link(place: usize, event: &Event) -> Vec<Piece> {
    let at = event
        .seen()
        .source
        .as_ref()
        .map(|source| format!(" ({}:{})", source.file, source.line))
        .unwrap_or_default();
    let text = match &event.outcome {
        Outcome::Failed(errno) => format!("{}{at} failed with {}", event.call, constants::errno(*errno)),
        Outcome::Died { signal, .. } if event.function == "fault" => {
            format!("an {}{at} got {}", event.call, constants::signal(*signal))
        }
        Outcome::Died { signal, .. } => format!("it was killed by {}", constants::signal(*signal)),
        outcome => format!("{}{at} returned {outcome}", event.call),
    };
    let lead = if place == 0 { format!("{}: ", event.role) } else { "and so ".into() };
    vec![plain(lead), if place == 0 { ink(Style::Bad, text) } else { plain(text) }]
}
