//! Events to lines: what is about to happen, what happened, what changed, and where each was read. Pure
//! functions; every word with a number in it comes from an event.

use super::line::{Ink, Line, Piece, ink, labelled, plain};
use super::picture::picture;
use crate::event::{Event, Member, Segment, Snapshot, SystemCall};
use crate::kernel::namespace::Way;
use crate::lesson::{Bindings, Fault, LAB, Lesson, Outcome, Step, Value, Verdict, quote};
use crate::names;
use crate::stage::Ground;

/// What the narrator knows of the run besides the event.
#[derive(Debug)]
pub struct Scene<'a> {
    pub lesson: &'a Lesson,
    /// From 0.
    pub step: usize,
    pub ground: &'a Ground,
    pub names: &'a Bindings,
    /// Everybody who has entered, in that order.
    pub members: &'a [Member],
    pub width: usize,
    /// Whether it is shown to a room.
    pub demo: bool,
}

impl Scene<'_> {
    fn ink_of(&self, role: &str) -> Ink {
        match self.members.iter().position(|member| member.role == role) {
            Some(place) => Ink::Actor(place),
            // About to enter: the next colour.
            None if role != LAB => Ink::Actor(self.members.len()),
            None => Ink::Strong,
        }
    }

    fn heading(&self, step: &Step, mark: &str) -> Line {
        let left =
            format!("{mark}Step {} of {} · {}", self.step + 1, self.lesson.steps.len(), step.call.title());
        let place = if matches!(self.ground, Ground::Host(_)) { "host" } else { "sandbox" };
        let mut right = vec![plain(format!("{place} · "))];
        for (position, role) in step.roles().enumerate() {
            let pid = match self.names.get(role) {
                Some(Value::Pid(pid)) => format!("{role} {pid}"),
                _ => role.to_owned(),
            };
            right.extend((position > 0).then(|| plain(" & ")));
            right.push(ink(self.ink_of(role), pid));
        }
        Line::Heading { left: vec![ink(Ink::Strong, left)], right }
    }
}

/// Replaces `{name}` by the name's value.
pub fn filled(text: &str, names: &Bindings) -> String {
    filled_with(text, |name| names.get(name).map(Value::in_words))
}

/// Replaces `{name}` by what stands for it.
pub fn filled_with(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, tail)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match value(name) {
            Some(value) => out.push_str(&value),
            None => out.push_str(&format!("{{{name}}}")),
        }
        rest = tail;
    }
    out + rest
}

/// The lesson's title page.
pub fn opening(lesson: &Lesson, ground: &Ground, pid: i32, warnings: &[String]) -> Vec<Line> {
    let mut lines = vec![
        Line::Labelled { label: "LESSON", pieces: vec![ink(Ink::Strong, &lesson.title)] },
        labelled("GOAL", &lesson.goal),
    ];
    let place = match ground {
        Ground::Sandbox(_) => "sandbox: an IPC namespace of its own. Identifiers start at 0, nobody else sees its segments, and the kernel frees it with its last process.".to_owned(),
        Ground::Host(None) => "host: the machine's own IPC namespace. `ipcs -m` in any terminal shows the segment while it exists.".to_owned(),
        Ground::Host(Some(why)) => format!("host, the machine's own IPC namespace, since there is no sandbox here: {why}."),
    };
    lines.push(labelled("WHERE", place));
    match ground {
        Ground::Sandbox(Way::Ipc) => lines.push(labelled("LOOK IN", format!("nsenter -t {pid} -i ipcs -m"))),
        Ground::Sandbox(Way::UserAndIpc) => {
            lines.push(labelled("LOOK IN", format!("nsenter -t {pid} -U -i --preserve-credentials ipcs -m")));
        }
        Ground::Host(_) => {}
    }
    lines.extend(warnings.iter().map(|warning| labelled("WARNING", warning)));
    lines.push(Line::Blank);
    lines
}

/// The first beat: what is about to happen.
pub fn before(scene: &Scene<'_>, step: &Step, mark: &str) -> Vec<Line> {
    let mut lines = vec![scene.heading(step, mark)];
    if scene.demo {
        lines.push(Line::Blank);
    }
    if let Some(theory) = &step.theory {
        lines.push(labelled("THEORY", filled(theory, scene.names)));
    }
    lines.push(Line::Labelled {
        label: "CODE",
        pieces: vec![ink(scene.ink_of(&step.who), step.call.to_string())],
    });
    if let Some(ask) = &step.ask {
        lines.push(labelled("PREDICT", filled(ask, scene.names)));
    }
    lines
}

/// The second beat: what happened.
pub fn after(scene: &Scene<'_>, step: &Step, event: &Event, verdict: &Verdict) -> Vec<Line> {
    let mut lines: Vec<Line> = event.notes.iter().map(|note| labelled("NOTE", note)).collect();
    if let Outcome::Skipped(_) = event.outcome {
        lines.extend(outcome(event));
        lines.push(Line::Blank);
        return lines;
    }
    let by = scene.ink_of(step.roles().next().unwrap_or_default());
    let who =
        if step.roles().count() > 1 { event.role.clone() } else { format!("{} {}", event.role, event.pid) };
    lines.push(Line::Labelled {
        label: "CALL",
        pieces: vec![ink(by, who), plain(format!(": {}", event.call))],
    });
    lines.extend(outcome(event));
    if step.tries > 1 {
        lines.push(labelled("TRIES", format!("{} of at most {}", event.tries, step.tries)));
    }
    if verdict.broken.is_empty() {
        lines.push(labelled("MEANS", filled(&step.say, &event.names)));
    }
    lines.extend(changes(event));
    lines.extend(evidence(event));
    lines.extend(kernel(event));
    lines.extend(verdicts(verdict));
    lines.extend(picture(event, scene.width));
    if let Some(row) = event.segment.and_then(|shmid| event.after.segment(shmid)) {
        lines.push(labelled("TRY", format!("ipcs -m -i {}", row.shmid)));
    }
    lines.push(Line::Blank);
    lines
}

/// The second beat for a room: what came back, what it means, what changed; the evidence is behind a key.
pub fn briefly(scene: &Scene<'_>, _step: &Step, event: &Event, verdict: &Verdict) -> Vec<Line> {
    let mut lines = vec![Line::Blank];
    lines.extend(outcome(event));
    if verdict.broken.is_empty() && verdict.skipped.is_none() {
        lines.push(labelled("MEANS", filled(&scene.lesson.steps[scene.step].say, &event.names)));
        lines.extend(changes(event));
        lines.extend(kernel(event));
    } else {
        lines.extend(verdicts(verdict));
    }
    lines.extend([Line::Blank, Line::Blank]);
    lines
}

/// The steps that lead up to a demonstrated call, in one line, or at the end of the lesson away from it; of one
/// whose claims broke, what broke as well.
pub fn set_up(steps: &[(Event, Verdict)], end: bool) -> Vec<Line> {
    let mut said = String::new();
    let mut role = "";
    for (event, _) in steps {
        if !said.is_empty() {
            said.push_str("; ");
        }
        if event.role != role {
            role = &event.role;
            said.push_str(&format!("{role}: "));
        }
        said.push_str(&match &event.outcome {
            Outcome::Returned(Value::Nothing) => event.code.clone(),
            outcome => format!("{} gave {outcome}", event.code),
        });
    }
    let mut lines = vec![labelled(if end { "TIDY UP" } else { "SET UP" }, said)];
    lines.extend(
        steps.iter().filter(|(_, verdict)| !verdict.broken.is_empty()).flat_map(|(_, it)| verdicts(it)),
    );
    lines
}

/// A step in one line, for one that was skipped over.
pub fn in_one_line(scene: &Scene<'_>, step: &Step, event: &Event, verdict: &Verdict) -> Vec<Line> {
    let mut lines = vec![Line::Labelled {
        label: "SKIPPED",
        pieces: vec![
            plain(format!("step {}: ", scene.step + 1)),
            ink(scene.ink_of(&step.who), &event.role),
            plain(format!(": {} returned {}", event.call, event.outcome)),
        ],
    }];
    lines.extend(verdicts(verdict));
    lines
}

pub(super) fn outcome(event: &Event) -> Vec<Line> {
    match &event.outcome {
        Outcome::Returned(Value::Nothing) => vec![labelled("RESULT", "done: no error, no signal")],
        Outcome::Returned(Value::Text(bytes)) => vec![labelled("PRINTED", quote(bytes))],
        Outcome::Returned(value) => vec![labelled("RETURNED", value.to_string())],
        Outcome::Failed(errno) => {
            let words = names::meaning(event.function, *errno);
            vec![Line::Labelled {
                label: "RETURNED",
                pieces: vec![
                    plain("-1, errno "),
                    ink(Ink::Bad, names::errno(*errno)),
                    plain(format!(": {words}")),
                ],
            }]
        }
        Outcome::Died { signal, fault } => {
            let words = names::numbered(names::SIGNALS, (*signal).into()).map_or("", |row| row.plain);
            let mut lines = vec![Line::Labelled {
                label: "DIED",
                pieces: vec![
                    plain(format!("{} was killed by ", event.role)),
                    ink(Ink::Bad, names::signal(*signal)),
                    plain(format!(": {words}")),
                ],
            }];
            lines.extend(fault.map(|fault| labelled("FAULT", at(&fault))));
            lines
        }
        Outcome::Exited(status) => {
            vec![labelled(
                "ENDED",
                format!("{} exited with status {status} instead of answering", event.role),
            )]
        }
        Outcome::Blocked => {
            vec![labelled("BLOCKS", format!("{} is asleep inside the call", event.role))]
        }
        Outcome::Skipped(why) => {
            vec![Line::Labelled {
                label: "SKIPPED",
                pieces: vec![ink(Ink::Bad, "not played here"), plain(format!(": {why}"))],
            }]
        }
        Outcome::Silent => {
            vec![labelled("SILENT", format!("{} gave no answer in time and was killed by lab", event.role))]
        }
    }
}

fn at(fault: &Fault) -> String {
    let why = match names::numbered(names::SI_CODES, fault.code.into()) {
        Some(row) => format!("{} (si_code {})", row.plain, row.name),
        None => format!("si_code {}", fault.code),
    };
    format!("address {:#x}: {why}", fault.address)
}

/// BEFORE and AFTER: the fields of the segment's row that are not what they were.
pub(super) fn changes(event: &Event) -> Vec<Line> {
    let row = |snapshot: &Snapshot| event.segment.is_some_and(|shmid| snapshot.segment(shmid).is_some());
    let Some((was, is)) = changed(event) else {
        let there = row(&event.before) && row(&event.after);
        return there.then(|| labelled("CHANGED", "nothing in the segment's row")).into_iter().collect();
    };
    let inked = |label, text: String| Line::Labelled { label, pieces: vec![ink(Ink::Kernel, text)] };
    vec![inked("BEFORE", was), inked("AFTER", is)]
}

/// What changed in the segment's row, before and after; none if nothing did.
pub fn changed(event: &Event) -> Option<(String, String)> {
    let shmid = event.segment?;
    match (event.before.segment(shmid), event.after.segment(shmid)) {
        (None, None) => None,
        (None, Some(_)) => Some((format!("no segment {shmid}"), format!("segment {shmid} exists"))),
        (Some(_), None) => Some((format!("segment {shmid} exists"), format!("no segment {shmid}"))),
        (Some(before), Some(after)) => {
            let changed: Vec<_> =
                facts(before).into_iter().zip(facts(after)).filter(|((_, was), (_, is))| was != is).collect();
            let spelled = |(name, value): &(&str, String)| format!("{name} {value}");
            let was: Vec<_> = changed.iter().map(|(was, _)| spelled(was)).collect();
            let is: Vec<_> = changed.iter().map(|(_, is)| spelled(is)).collect();
            (!changed.is_empty()).then(|| (was.join("  "), is.join("  ")))
        }
    }
}

/// A row's facts in the order of the table.
pub(super) fn facts(row: &Segment) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("key", Value::Key(row.key).to_string()),
        ("shmid", row.shmid.to_string()),
        ("mode", mode(row.mode)),
        ("size", row.size.to_string()),
        ("nattch", row.nattch.to_string()),
        ("cpid", row.cpid.to_string()),
        ("lpid", row.lpid.to_string()),
    ];
    facts.extend(row.rss.map(|rss| ("rss", rss.to_string())));
    facts
}

/// `0600`, or `01600 dest`.
fn mode(mode: u32) -> String {
    let bits = names::MODE_BITS.iter().filter(|row| i64::from(mode) & row.value != 0);
    let words: String = bits.map(|row| format!(" {}", row.name)).collect();
    format!("0{mode:03o}{words}")
}

fn evidence(event: &Event) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |source: &str, text: String| {
        lines.push(Line::Labelled {
            label: "EVIDENCE",
            pieces: vec![ink(Ink::Kernel, format!("{source}: ")), plain(text)],
        });
    };
    if let Some(file) = &event.file {
        let (device, inode) = (file.device & 0xff, file.inode & 0xffff);
        add("stat", format!("{} has device {:#x} and inode {}", file.path, file.device, file.inode));
        add(
            "ftok",
            format!(
                "{:#04x} project, {device:#04x} device & 0xff, {inode:#06x} inode & 0xffff",
                file.project & 0xff
            ),
        );
    }
    if let Some(shmid) = event.segment {
        match (event.after.segment(shmid), &event.after.segments) {
            (Some(row), _) => add(event.after.source, row_text(row)),
            (None, Some(_)) => add(event.after.source, format!("no row with shmid {shmid}")),
            (None, None) => {}
        }
    }
    if let Some(stat) = &event.stat {
        add("IPC_STAT", stat_text(stat));
    }
    for text in mapping_lines(&event.after, event.segment) {
        add(&text.0, text.1);
    }
    if let Some(content) = &event.content {
        add(
            "memory",
            format!(
                "first {} bytes through {} at {:#x}: {}",
                content.bytes.len(),
                content.role,
                content.address,
                shown(&content.bytes)
            ),
        );
    }
    if event.after.segments.is_none() {
        add("none", "this machine lets nobody list its segments: no /proc, no SHM_STAT_ANY".into());
    } else if !event.after.mappings_seen {
        add("none", "/proc shows no maps here: who is attached where can't be seen".into());
    }
    lines
}

/// KERNEL: the system calls that it really saw during the step.
fn kernel(event: &Event) -> Option<Line> {
    let seen = event.kernel.as_ref()?;
    let times = |call: &SystemCall| match call.times {
        1 => call.name.clone(),
        times => format!("{}, {times} times", call.name),
    };
    let mut text = seen.calls.iter().map(times).collect::<Vec<_>>().join("; ");
    if text.is_empty() {
        text.push_str("no system call at all");
    }
    if seen.more {
        text.push_str("; and more, which are not watched");
    }
    Some(Line::Labelled { label: "KERNEL", pieces: vec![ink(Ink::Kernel, text)] })
}

/// Bytes as text, with the NULs at their end counted instead of shown.
pub(super) fn shown(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    match bytes.len() - end {
        0 => quote(bytes),
        nuls => format!("{} and {nuls} NUL", quote(&bytes[..end])),
    }
}

pub(super) fn row_text(row: &Segment) -> String {
    facts(row).into_iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join("  ")
}

pub(super) fn stat_text(stat: &Segment) -> String {
    let time = |seconds: i64| if seconds == 0 { "never".to_owned() } else { seconds.to_string() };
    format!(
        "shm_segsz {}  shm_nattch {}  shm_cpid {}  shm_lpid {}  shm_perm.mode 0{:03o}  shm_perm.uid {}  shm_perm.cuid {}  shm_atime {}  shm_dtime {}  shm_ctime {}",
        stat.size,
        stat.nattch,
        stat.cpid,
        stat.lpid,
        stat.mode,
        stat.uid,
        stat.cuid,
        time(stat.atime),
        time(stat.dtime),
        time(stat.ctime)
    )
}

fn mapping_lines(now: &Snapshot, segment: Option<i32>) -> Vec<(String, String)> {
    let about = now.mappings.iter().filter(|mapping| Some(mapping.shmid) == segment);
    about.map(|mapping| (format!("/proc/{}/maps", mapping.pid), mapping.line.clone())).collect()
}

fn verdicts(verdict: &Verdict) -> Vec<Line> {
    let mut lines = Vec::new();
    for broken in &verdict.broken {
        let (claim, found) = (&broken.claim, &broken.found);
        let pieces: Vec<Piece> =
            vec![ink(Ink::Bad, format!("the lesson expected {claim}, the kernel said {found}"))];
        lines.push(Line::Labelled { label: "BROKEN", pieces });
    }
    if !verdict.held.is_empty() && verdict.broken.is_empty() {
        let held = verdict.held.join(", ");
        lines.push(Line::Labelled { label: "CHECKED", pieces: vec![ink(Ink::Good, held)] });
    }
    if !verdict.unseen.is_empty() {
        lines.push(labelled("UNSEEN", format!("no evidence here for {}", verdict.unseen.join(", "))));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_become_values() {
        let names = Bindings::from([
            ("key".into(), Value::Key(-2)),
            ("text".into(), Value::Text(b"a\x1b[31m".to_vec())),
        ]);
        assert_eq!(filled("{key}, {text}, {other}", &names), "0xfffffffe, a\\033[31m, {other}");
        assert_eq!(filled("no } and {", &names), "no } and {");
    }

    #[test]
    fn nuls_at_the_end_are_counted() {
        assert_eq!(shown(b"hi\0\0\0"), "\"hi\" and 3 NUL");
        assert_eq!(shown(b"hi"), "\"hi\"");
    }
}
