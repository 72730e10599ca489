//! What a trace says at its end: what became of every segment, what is left, what led to what, and what could not be
//! seen. Pure functions over the story.

use super::waits::kept_from;
use super::{holder, kind_of, remove, waits};
use crate::constants;
use crate::facts::event::Event;
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall;
use crate::output::line::{Line, Piece, Style, ink, labelled, plain, strong};
use crate::output::phrase::{counted, counted_as, in_brackets};
use crate::sys::watchdog::Why;
use crate::text::Safe;
use crate::trace::{End, Life, Note, Object, Story, Unseen};

/// How many lives and leftovers are reported one by one.
const MAX_LIVES_TOLD: usize = 10;

/// What a trace says at its end; `found`: what the diagnoses say; `sandbox`: whether the program had a namespace
/// of its own, which goes with it.
pub fn summary(story: &Story, end: &End, found: Vec<Line>, sandbox: bool) -> Vec<Line> {
    let mut lines = ends(story, end, sandbox);
    lines.extend(found);
    lines.extend(repeated(story));
    lines.extend(besides(story));
    lines
}

/// What a trace of a program without debug information lacks.
const NO_LINES: &str = "The program was compiled without -g, so lab can't show which line made which call. Compile it with `cc -g`, and lab shows the line of each call and finding.";

/// The verdict and the findings alone; behind them what a tracer changes for this program (`changes`) and, where lines
/// of source are missing, how to get them.
pub fn findings(story: &Story, found: Vec<Line>, changes: &[String]) -> Vec<Line> {
    let hint = story.notes.contains(&Note::NoDebugInformation).then_some(NO_LINES);
    let notes = changes.iter().map(String::as_str).chain(hint);
    found.into_iter().chain(notes.map(|text| labelled("NOTE", text))).collect()
}

/// What became of the program and its segments, and why.
fn ends(story: &Story, end: &End, sandbox: bool) -> Vec<Line> {
    let mut lines = vec![strong("SUMMARY", totals(story))];
    lines.push(labelled("ENDED", ended(story, end)));
    lines.extend(waits::lines(end));
    lines.extend(story.lives.iter().take(MAX_LIVES_TOLD).map(|life| labelled("SEGMENT", told(story, life))));
    let more = story.passed + story.lives.len().saturating_sub(MAX_LIVES_TOLD);
    if more > 0 {
        let destroyed =
            story.lives.iter().skip(MAX_LIVES_TOLD).filter(|life| life.destroyed).count() + story.passed;
        lines.push(labelled("", format!("and {more} more, of which {destroyed} are destroyed")));
    }
    lines.extend(left(story, sandbox));
    lines.extend(why(story));
    lines
}

/// How many calls were like others.
fn repeated(story: &Story) -> Vec<Line> {
    let mut lines = Vec::new();
    let alike = story.repeated - story.unlike;
    if alike > 0 {
        let text =
            format!("{alike} more calls like earlier ones were counted and not shown; --all shows each");
        lines.push(labelled("REPEATED", text));
    }
    if story.unlike > 0 {
        let text = format!(
            "and {} more calls, of more shapes than a person reads, were counted and not shown; --all shows each",
            story.unlike
        );
        lines.push(labelled(if alike > 0 { "" } else { "REPEATED" }, text));
    }
    lines
}

/// What else has to be said, and what could not be seen.
fn besides(story: &Story) -> Vec<Line> {
    let mut lines: Vec<Line> = notes(story).iter().map(|what| labelled("NOTE", what)).collect();
    if !story.lives.is_empty() {
        lines.push(labelled(
            "UNSEEN",
            "Stores and loads are not calls: no trace sees which process wrote what, or a race.",
        ));
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
    let note = |note: &Note| match note {
        Note::TracingFilter { role, pid } => format!(
            "{role} {pid} has a seccomp filter of its own with SECCOMP_RET_TRACE. Those calls go to lab, which lets them be made; without a tracer each fails with ENOSYS."
        ),
        Note::NoDebugInformation => NO_LINES.into(),
    };
    hidden.into_iter().chain(story.notes.iter().map(note)).collect()
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
            counted_as(undecoded.calls, "call about shared memory was made", "calls about shared memory were made")
        ));
    }
    unseen.extend(story.unseen.iter().map(hidden));
    unseen.extend((story.unsaid > 0).then(|| format!("And {} more of this kind.", story.unsaid)));
    unseen.extend((story.unheld > 0).then(|| {
        format!(
            "Of {} attaches lab has kept no address: the program had more at once than it keeps.",
            story.unheld
        )
    }));
    unseen
}

fn hidden(what: &Unseen) -> String {
    let errno = |errno: &i32| constants::errno(*errno);
    match what {
        Unseen::LeftBehind => "Nothing on this machine lists its segments: what is left behind can't be said.".into(),
        Unseen::Namespace { role, pid } => format!("{role} {pid} is in an IPC namespace of its own: what its calls changed in the kernel can't be looked at from here."),
        Unseen::Architecture { program } => format!("`{program}` is a program for another architecture (32-bit, perhaps): its calls can't be seen."),
        Unseen::Filtered { role, pid, calls } => format!("{role} {pid} has put a seccomp filter on itself that answers {} in the kernel's place: such calls are not made, and don't reach lab.", calls.join(", ")),
        Unseen::NoFilter { errno: number } => format!("This machine has no seccomp filter for us ({}): every call of the program stops, and it runs many times slower.", errno(number)),
        Unseen::NoWatchdog { errno: number } => format!("lab has no watchdog here ({}): a program that stops lab itself would keep it from its time limit and from signals.", errno(number)),
        Unseen::WatchdogLost => "Something killed lab's watchdog: from then on a program that stops lab itself could keep it from its time limit and from signals.".into(),
        Unseen::LabStopped { signal } => kept_from(Why::Signal(*signal)) + ".",
        Unseen::KilledInClone { role, pid } => format!("{role} {pid} was killed while it made a child: one that hides from a tracer may still be running."),
        Unseen::PidNamespace { role, pid, child } => format!("{role} {pid} has made a process with CLONE_UNTRACED, {child} in a PID namespace of its own: lab can't follow it, and it may still be running."),
        Unseen::NotFollowed { pid, errno: number } => format!("Process {pid}, made with CLONE_UNTRACED, can't be followed ({}): it may still be running.", errno(number)),
        Unseen::FollowedLate { role, pid } => format!("{role} {pid} was made with CLONE_UNTRACED, behind lab's back: what it did before lab found it is not in this story."),
        Unseen::Segment { shmid, size, role, pid } => format!("Segment {shmid} was made by {role} ({size} bytes, process {pid}) in a way that lab does not decode, and is still there: ipcrm -m {shmid}"),
    }
}

/// What the watchdog says when it has to end lab as well.
pub fn last_words(why: Why) -> Safe {
    let what = match why {
        Why::Deadline => "the time limit has passed".to_owned(),
        Why::Signal(signal) => format!("{} has come", constants::signal(signal)),
    };
    let said = format!("{what}, and lab did not get to it: its watchdog ends lab and the program");
    Safe::line(&said).after("lab: ").ended()
}

fn totals(story: &Story) -> String {
    let calls: u64 = TracedCall::SHARED_MEMORY.iter().filter_map(|call| story.counted.get(call)).sum();
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
        counted_as(story.entered as u64, "process", "processes"),
        counted_as(calls, "call about shared memory", "calls about shared memory")
    )
}

/// How the program ended.
pub fn ended(story: &Story, end: &End) -> String {
    let role = story.processes.first().map_or("the program", |process| process.role.as_str());
    match end {
        End::Exited(status) => format!("{role} ended with exit status {status}"),
        End::Killed(signal) => format!("{role} was killed by {}", constants::signal(*signal)),
        End::TimedOut(_) => "the time was up; lab has killed the program".into(),
    }
}

/// A segment's life in one sentence.
fn told(story: &Story, life: &Life) -> String {
    let key = Value::Key(life.key);
    let key = if life.key == 0 { "IPC_PRIVATE".to_owned() } else { format!("key {key}") };
    let made = match (life.made, life.made_by.as_str()) {
        (true, by) => format!("made by {by}"),
        (false, "") => "there before".into(),
        (false, pid) => format!("there before, made by process {pid}"),
    };
    let strangers: Vec<String> = life.holders.iter().map(holder).collect();
    let attached = match life.attached_by.len() as u64 + life.attached_by_more {
        0 if !strangers.is_empty() => {
            format!("attached before by {}, and by no process of this program", strangers.join(", "))
        }
        0 => "attached by no process of this program".to_owned(),
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
    let ends = match (life.shmdts, life.detaches.saturating_sub(life.shmdts)) {
        _ if life.attaches == 0 => String::new(),
        (shmdts, 0) => format!(" attached {}, detached {};", times(life.attaches), times(shmdts)),
        // The others ended with exit, exec or munmap.
        (shmdts, others) => format!(
            " attached {}, detached {} ({} by shmdt);",
            times(life.attaches),
            times(shmdts + others),
            times(shmdts)
        ),
    };
    format!(
        "{}, {key}, {}, mode 0{:o}: {made}; {attached};{ends} {end}.",
        life.shmid,
        counted(life.size, "byte"),
        life.mode
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
    let line = |what: String, made: String, remove: String| {
        let then = match sandbox {
            true => "; here the kernel frees it with the sandbox, elsewhere it would stay".to_owned(),
            false => format!("{made} and stays until it is removed or the machine restarts: {remove}"),
        };
        let still = ink(Style::Bad, format!("{what} is still there"));
        Line::Labelled { label: "LEFT", pieces: vec![still, plain(then)] }
    };
    let lives = story.lives.iter().filter(|life| life.made && life.left.is_some()).map(|life| {
        line(format!("segment {}", life.shmid), String::new(), format!("ipcrm -m {}", life.shmid))
    });
    let objects = story.objects.iter().filter(|object| object.left).filter_map(
        |Object { kind, id, made_by, .. }| {
            let made = format!(", made by {},", made_by.as_ref()?);
            Some(line(format!("{} {id}", kind_of(*kind)), made, remove(*kind, *id)))
        },
    );
    let mut lines = few(lives.collect(), "more: ipcs -m lists them");
    lines.extend(few(objects.collect(), "more semaphore sets and message queues: ipcs lists them"));
    lines
}

/// The first of these lines, and how many there are besides.
fn few(mut lines: Vec<Line>, besides: &str) -> Vec<Line> {
    let more = lines.len().saturating_sub(MAX_LIVES_TOLD);
    lines.truncate(MAX_LIVES_TOLD);
    lines.extend((more > 0).then(|| labelled("", format!("and {more} {besides}"))));
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
    let at = in_brackets(event.seen().source.as_ref());
    let text = match &event.outcome {
        Outcome::Failed(errno) => format!("{}{at} failed with {}", event.call, constants::errno(*errno)),
        Outcome::Died { signal, .. } if event.is(TracedCall::Fault) => {
            format!("an {}{at} got {}", event.call, constants::signal(*signal))
        }
        Outcome::Died { signal, .. } => format!("it was killed by {}", constants::signal(*signal)),
        outcome => format!("{}{at} returned {outcome}", event.call),
    };
    let lead = if place == 0 { format!("{}: ", event.role) } else { "and so ".into() };
    vec![plain(lead), if place == 0 { ink(Style::Bad, text) } else { plain(text) }]
}
