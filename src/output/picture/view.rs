//! What a picture shows, as data: the segments, the processes, the attachments, and what the step has changed of
//! them. Drawing and sentence are made of it, so that both say the same. It guesses nothing: what no event has seen
//! is not in it.

use crate::facts::event::{Event, Mapping, Member, Segment, Snapshot};
use crate::facts::outcome::Outcome;
use crate::text::{line, quote};

pub(super) struct View<'a> {
    /// By identifier.
    pub segments: Vec<Shown<'a>>,
    /// In the order in which they entered.
    pub processes: Vec<Process<'a>>,
    /// Attachments of segments that the table does not list, or of processes that are none of the lesson's.
    pub strays: Vec<&'a Mapping>,
}

pub(super) struct Shown<'a> {
    pub shmid: i32,
    /// None: the step removed it.
    pub row: Option<&'a Segment>,
    /// Its row before the step, where this segment was there already.
    was: Option<&'a Segment>,
    /// The step created it.
    pub new: bool,
    pub bytes: Bytes,
}

/// What is known of a segment's bytes; a text is spelled as in C.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bytes {
    /// This step read them; whether they are known to have been others before.
    Read(Text, bool),
    /// An earlier step read them.
    Was(Text),
    NotYet,
    /// They were seen, and have no memory now.
    NotNow,
    /// This number of bytes is in memory.
    Partly(u64),
    NotRead,
}

/// How the bytes begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Zeros,
    Quoted(String),
}

/// Whether a process runs; `now`: it is the step that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Runs,
    Ended {
        now: bool,
    },
    /// It has ended, and its parent has not taken its status.
    Zombie {
        now: bool,
    },
    /// It was a zombie before the step, and is gone.
    Reaped,
}

/// What is said of a process that has nothing attached for this reason.
pub(super) struct State {
    fate: Fate,
    /// In a drawing.
    pub brief: &'static str,
    /// In a sentence about one process, and about several.
    pub words: [&'static str; 2],
    /// Whoever has more of it makes room for the others first.
    pub leaves: usize,
}

// A row each: rustfmt would give every field a line of its own.
#[rustfmt::skip]
const STATES: [State; 6] = [
    State { fate: Fate::Runs, brief: "not attached", leaves: 0,
        words: ["has no segment attached", "have no segment attached"] },
    State { fate: Fate::Ended { now: true }, brief: "now ended", leaves: 0, words: ["ended in this step"; 2] },
    State { fate: Fate::Zombie { now: true }, brief: "now a zombie", leaves: 0,
        words: ["became a zombie in this step", "became zombies in this step"] },
    State { fate: Fate::Reaped, brief: "now reaped", leaves: 1,
        words: ["was reaped in this step", "were reaped in this step"] },
    State { fate: Fate::Zombie { now: false }, brief: "zombie", leaves: 2, words: ["is a zombie", "are zombies"] },
    State { fate: Fate::Ended { now: false }, brief: "ended", leaves: 3, words: ["has ended", "have ended"] },
];

pub(super) struct Process<'a> {
    pub member: &'a Member,
    /// Its number, from 0, which decides its colour.
    pub place: usize,
    pub fate: Fate,
    /// The step created it.
    pub new: bool,
    pub attached: Vec<Attachment<'a>>,
    /// What it had attached before the step, and has no more.
    pub gone: Vec<&'a Mapping>,
}

pub(super) struct Attachment<'a> {
    pub mapping: &'a Mapping,
    pub new: bool,
}

impl Fate {
    fn of(member: &Member, was: Option<&Member>) -> Fate {
        let zombie = |member: &Member| member.state == Some('Z');
        let now = was.is_none_or(|was| was.state.is_some() && !zombie(was));
        match member.state {
            None if was.is_some_and(zombie) => Fate::Reaped,
            None => Fate::Ended { now },
            Some('Z') => Fate::Zombie { now },
            Some(_) => Fate::Runs,
        }
    }
}

impl Process<'_> {
    /// Its role and its number.
    pub fn name(&self) -> String {
        named(&self.member.role, self.member.pid)
    }

    /// Why it has nothing attached, if that is so.
    pub fn state(&self) -> Option<&'static State> {
        let holds = self.fate == Fate::Runs && !self.attached.is_empty();
        STATES.iter().find(|state| !holds && state.fate == self.fate)
    }

    /// How soon it makes room for others.
    pub fn leaves(&self) -> usize {
        self.state().map_or(0, |state| state.leaves)
    }
}

impl Shown<'_> {
    /// Marked for removal, and whether the step marked it.
    pub fn marked(&self) -> Option<bool> {
        let marked = self.row.is_some_and(Segment::is_marked);
        marked.then(|| self.was.is_some_and(|was| !was.is_marked()))
    }

    /// nattch before the step, if it is another now.
    pub fn nattch_before(&self) -> Option<u64> {
        let now = self.row?.nattch;
        self.was.map(|was| was.nattch).filter(|was| *was != now)
    }
}

/// A segment's key; a marked one has none.
pub(super) fn key(row: &Segment) -> String {
    match row.key {
        0 if row.is_marked() => "no key".into(),
        0 => "IPC_PRIVATE".into(),
        key => format!("key {key:#010x}"),
    }
}

/// A process in words.
pub(super) fn named(role: &str, pid: i32) -> String {
    format!("{} {pid}", line(role))
}

impl<'a> View<'a> {
    /// What can be shown after this event; none where something could not be read, or no segment is there.
    pub fn of(now: &'a Event, earlier: &[&'a Event]) -> Option<View<'a>> {
        let rows = now.after.segments.as_ref()?;
        if !now.after.mappings_seen {
            return None;
        }
        let before = now.before.segments.as_deref().unwrap_or_default();
        let mut segments: Vec<Shown<'_>> = rows.iter().map(|row| shown(row, now, earlier)).collect();
        let gone = before.iter().filter(|row| now.after.segment(row.shmid).is_none());
        segments.extend(gone.map(|row| Shown {
            shmid: row.shmid,
            row: None,
            was: Some(row),
            new: false,
            bytes: Bytes::NotRead,
        }));
        segments.sort_by_key(|segment| segment.shmid);
        let processes: Vec<_> =
            now.after.members.iter().enumerate().map(|(place, member)| process(place, member, now)).collect();
        let listed = |mapping: &&Mapping| {
            segments.iter().any(|segment| segment.row.is_some() && segment.shmid == mapping.shmid)
                && processes.iter().any(|process| process.member.role == mapping.role)
        };
        let strays: Vec<_> = now.after.mappings.iter().filter(|mapping| !listed(mapping)).collect();
        (!segments.is_empty() || !strays.is_empty()).then_some(View { segments, processes, strays })
    }
}

fn shown<'a>(row: &'a Segment, now: &'a Event, earlier: &[&'a Event]) -> Shown<'a> {
    let was = now.before.segment(row.shmid).filter(|was| is_same(was, row, Some(now)));
    let new = now.before.segments.is_some() && was.is_none();
    Shown { shmid: row.shmid, row: Some(row), was, new, bytes: bytes(row, was, now, earlier) }
}

fn bytes(row: &Segment, was: Option<&Segment>, now: &Event, earlier: &[&Event]) -> Bytes {
    let last = was.and_then(|was| last_seen(was, earlier)).map(text);
    let read = now.content.as_ref().filter(|_| now.segment == Some(row.shmid));
    match (read.map(|content| text(&content.bytes)), last, row.rss) {
        (Some(text), Some(last), _) => {
            let changed = text != last;
            Bytes::Read(text, changed)
        }
        (Some(text), None, _) => Bytes::Read(text, was.is_some_and(|was| was.rss == Some(0))),
        (None, Some(_), Some(0)) => Bytes::NotNow,
        (None, Some(last), _) => Bytes::Was(last),
        (None, None, Some(0)) => Bytes::NotYet,
        (None, None, Some(rss)) if rss < row.size => Bytes::Partly(rss),
        (None, None, _) => Bytes::NotRead,
    }
}

/// The text up to the first NUL, or all of it if it begins with one.
fn text(bytes: &[u8]) -> Text {
    let Some(last) = bytes.iter().rposition(|byte| *byte != 0) else { return Text::Zeros };
    let end = bytes.iter().position(|byte| *byte == 0).filter(|end| *end > 0).unwrap_or(last + 1);
    Text::Quoted(quote(&bytes[..end]))
}

/// Whether two rows, one after the other, are of one segment: an identifier can come back. What a segment keeps for
/// good is its creator and its size; its ctime and key change when it is marked, and by shmctl, which `by` may be.
fn is_same(was: &Segment, is: &Segment, by: Option<&Event>) -> bool {
    let untouched = was.ctime == is.ctime && was.key == is.key;
    let marked = is.is_marked() && !was.is_marked();
    let set = by.is_some_and(|event| event.function == "shmctl" && event.segment == Some(is.shmid));
    was.cpid == is.cpid && was.size == is.size && (untouched || marked || set)
}

/// The bytes that were read last of the segment with this row, as long as it can be followed back.
fn last_seen<'a>(row: &Segment, earlier: &[&'a Event]) -> Option<&'a [u8]> {
    let mut later = row;
    for event in earlier.iter().rev().filter(|event| !matches!(event.outcome, Outcome::Skipped(_))) {
        let after = event.after.segment(row.shmid).filter(|after| is_same(after, later, None))?;
        if let Some(content) = event.content.as_ref().filter(|_| event.segment == Some(row.shmid)) {
            return Some(&content.bytes);
        }
        later = event.before.segment(row.shmid).filter(|before| is_same(before, after, Some(event)))?;
    }
    None
}

fn process<'a>(place: usize, member: &'a Member, now: &'a Event) -> Process<'a> {
    let held = |snapshot: &'a Snapshot| {
        let own = snapshot.mappings.iter().filter(|mapping| mapping.role == member.role);
        let mut own: Vec<&Mapping> = own.collect();
        own.sort_by_key(|mapping| (mapping.shmid, mapping.start));
        own
    };
    let place_of = |mapping: &Mapping| (mapping.pid, mapping.shmid, mapping.start);
    let was = now.before.members.iter().find(|was| was.role == member.role);
    let (had, has) = (held(&now.before), held(&now.after));
    let missing = |among: &[&Mapping], mapping: &Mapping| {
        now.before.mappings_seen && !among.iter().any(|other| place_of(other) == place_of(mapping))
    };
    Process {
        member,
        place,
        fate: Fate::of(member, was),
        new: was.is_none(),
        gone: had.iter().copied().filter(|mapping| missing(&has, mapping)).collect(),
        attached: has.iter().map(|mapping| Attachment { mapping, new: missing(&had, mapping) }).collect(),
    }
}
