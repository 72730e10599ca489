//! What came back, what changed, and where each was read: an event's own facts as lines, the same for a lesson, a
//! quiz and a trace. Every word with a number in it comes from the event.

use super::line::{Line, Style, counted, ink, inked, labelled, plain};
use crate::constants;
use crate::facts::changes::{changed, fields};
use crate::facts::event::{Content, Event, Segment, Snapshot, Source, SystemCall};
use crate::facts::outcome::{Fault, Outcome, Value};
use crate::text::{self, quote};

pub(super) fn outcome(event: &Event) -> Vec<Line> {
    let bad = |label, before: &str, what: String, words: &str| Line::Labelled {
        label,
        pieces: vec![plain(before), ink(Style::Bad, what), plain(format!(": {words}"))],
    };
    let role = &event.role;
    vec![match &event.outcome {
        Outcome::Returned(Value::Nothing) => labelled("RESULT", "done: no error, no signal"),
        Outcome::Returned(Value::Text(bytes)) => {
            labelled(if event.function == "tear" { "RETURNED" } else { "PRINTED" }, quote(bytes))
        }
        Outcome::Returned(value) => {
            // C returns nothing from an assignment or a load: the name has a value, that is all.
            let label = if matches!(event.function, "assign" | "load") { "VALUE" } else { "RETURNED" };
            let kept = kept_in(event).map_or_else(String::new, |name| format!("{name} = "));
            labelled(label, format!("{kept}{value}"))
        }
        Outcome::Failed(errno) => {
            let words = constants::meaning(event.function, *errno);
            bad("RETURNED", "-1, errno ", constants::errno(*errno), words)
        }
        Outcome::Died { signal, fault } => {
            let words = constants::numbered(constants::SIGNALS, (*signal).into()).map_or("", |row| row.plain);
            let died = bad("DIED", &format!("{role} was killed by "), constants::signal(*signal), words);
            return [died].into_iter().chain(fault.map(|fault| labelled("FAULT", at(&fault)))).collect();
        }
        Outcome::Exited(status) => {
            labelled("ENDED", format!("{role} exited with status {status} instead of answering"))
        }
        Outcome::Blocked => labelled("BLOCKS", format!("{role} is asleep inside the call")),
        Outcome::Skipped(why) => bad("SKIPPED", "", "not played here".into(), why),
        Outcome::Silent => labelled("SILENT", format!("{role} gave no answer in time and was killed by lab")),
    }]
}

/// The name that keeps what came back: `id` of `id = shmget(...)`.
fn kept_in(event: &Event) -> Option<&str> {
    let (name, _) = event.code.split_once(" = ")?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_').then_some(name)
}

fn at(fault: &Fault) -> String {
    let why = match constants::numbered(constants::SI_CODES, fault.code.into()) {
        Some(row) => format!("{} (si_code {})", row.plain, row.name),
        None => format!("si_code {}", fault.code),
    };
    format!("address {:#x}: {why}", fault.address)
}

/// BEFORE and AFTER: the fields of the segment's row that are not what they were; CHANGED where none is.
pub(super) fn changes(event: &Event) -> Vec<Line> {
    let rows = changed_fields(event);
    if rows.is_empty() { unchanged(event).into_iter().collect() } else { rows }
}

/// BEFORE and AFTER; none where nothing changed.
pub(super) fn changed_fields(event: &Event) -> Vec<Line> {
    let Some((was, is)) = changed(event) else { return Vec::new() };
    vec![inked("BEFORE", Style::Kernel, was), inked("AFTER", Style::Kernel, is)]
}

/// CHANGED: that there is a row, and nothing in it changed.
fn unchanged(event: &Event) -> Option<Line> {
    let row = |snapshot: &Snapshot| event.segment.is_some_and(|shmid| snapshot.segment(shmid).is_some());
    let same = row(&event.before) && row(&event.after) && changed(event).is_none();
    same.then(|| labelled("CHANGED", "nothing in the segment's row"))
}

/// CHANGED: the same in one line, `nattch 0 → 1`; none where nothing did.
pub(super) fn changed_in_a_line(event: &Event) -> Option<Line> {
    let shmid = event.segment?;
    let text = match (event.before.segment(shmid), event.after.segment(shmid)) {
        (None, None) => return None,
        (None, Some(row)) => {
            let rss = row.rss.map(|rss| format!(", rss {rss}")).unwrap_or_default();
            format!("no segment {shmid} → segment {shmid}, {} bytes, nattch {}{rss}", row.size, row.nattch)
        }
        (Some(_), None) => format!("segment {shmid} → no segment {shmid}"),
        (Some(before), Some(after)) => {
            let rows = fields(before).into_iter().zip(fields(after)).filter(|(was, is)| was != is);
            let changed: Vec<_> = rows.map(|((name, was), (_, is))| format!("{name} {was} → {is}")).collect();
            if changed.is_empty() {
                return None;
            }
            changed.join("  ")
        }
    };
    Some(inked("CHANGED", Style::Kernel, text))
}

/// EVIDENCE: what was read, and where. What is as it was before the step is left out unless `all` is wanted.
pub(super) fn evidence(event: &Event, all: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut add = |source: &str, text: String| {
        lines.push(Line::Labelled {
            label: "EVIDENCE",
            pieces: vec![ink(Style::Kernel, format!("{source}: ")), plain(text)],
        });
    };
    if let Some(file) = &event.file {
        let (device, inode) = (file.device & 0xff, file.inode & 0xffff);
        add("stat", format!("{} has device {:#x} and inode {}", file.path, file.device, file.inode));
        let project = file.project & 0xff;
        let parts =
            format!("{project:#04x} project, {device:#04x} device & 0xff, {inode:#06x} inode & 0xffff");
        add("ftok", parts);
    }
    if let Some(shmid) = event.segment.filter(|_| all || unchanged(event).is_none()) {
        match (event.after.segment(shmid), &event.after.segments) {
            (Some(row), _) => add(event.after.source, row_text(row, |_| true)),
            (None, Some(_)) => add(event.after.source, format!("no row with shmid {shmid}")),
            (None, None) => {}
        }
    }
    if let Some(stat) = &event.stat {
        add("IPC_STAT", stat_text(stat));
    }
    let before = mapping_lines(&event.before, event.segment);
    let after = mapping_lines(&event.after, event.segment).into_iter();
    after.filter(|line| all || !before.contains(line)).for_each(|(source, text)| add(&source, text));
    if let Some(Content { role, address, bytes }) = &event.content {
        let (many, text) = (bytes.len(), shown(bytes));
        add("memory", format!("first {many} bytes through {role} at {address:#x}: {text}"));
    }
    if event.after.segments.is_none() {
        add("none", "this machine does not let lab list its segments: no /proc, no SHM_STAT_ANY".into());
    } else if !event.after.mappings_seen {
        add("none", "/proc shows no maps here: who is attached where can't be seen".into());
    }
    lines
}

/// SOURCE: `client.c:9  int id = ...`.
pub(super) fn source_line(place: &Source) -> Line {
    let text = place.text.as_ref().map(|text| format!("  {}", text::source(text)));
    labelled("SOURCE", format!("{place}{}", text.unwrap_or_default()))
}

/// KERNEL: the system calls that it really saw during the step.
pub(super) fn kernel(event: &Event) -> Option<Line> {
    let seen = event.kernel.as_ref()?;
    let times = |call: &SystemCall| match call.times {
        1 => call.name.clone(),
        times => format!("{}, {times} times", call.name),
    };
    let mut text = seen.calls.iter().map(times).collect::<Vec<_>>().join("; ");
    if text.is_empty() {
        text.push_str("no system call at all");
    }
    if seen.copied > 0 {
        text.push_str(&format!("; {} copied", counted(seen.copied, "byte")));
    }
    if seen.more {
        text.push_str("; and more, which are not watched");
    }
    Some(inked("KERNEL", Style::Kernel, text))
}

/// Bytes as text, with the NULs at their end counted instead of shown.
pub(super) fn shown(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    match bytes.len() - end {
        0 => quote(bytes),
        nuls => format!("{} and {nuls} NUL", quote(&bytes[..end])),
    }
}

/// A segment's row, as far as its fields are wanted.
pub(super) fn row_text(row: &Segment, wanted: impl Fn(&str) -> bool) -> String {
    let facts = fields(row).into_iter().filter(|(name, _)| wanted(name));
    facts.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join("  ")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nuls_at_the_end_are_counted() {
        assert_eq!(shown(b"hi\0\0\0"), "\"hi\" and 3 NUL");
        assert_eq!(shown(b"hi"), "\"hi\"");
    }
}
