//! The picture: two address spaces, the segment between them, who has it attached where, its first bytes.
//! Drawn from an event's evidence and from nothing else; the sentence under it says the same.

use super::line::{Line, Piece, Style, ink, plain};
use crate::facts::event::{Event, Segment};
use crate::text::{quote, shortened};

/// A role's state after the event.
struct Party {
    role: String,
    place: usize,
    /// None: it has ended.
    pid: Option<i32>,
    /// Address and permissions of each of its attachments to this segment.
    attached: Vec<(u64, String)>,
}

/// The width of the wide drawing: two processes of 22, a segment of 24, two arrows of 6.
const MIN_WIDTH: usize = 80;

/// Draws the event's segment, and every actor that was started so far.
pub fn picture(event: &Event, width: usize) -> Vec<Line> {
    let Some(shmid) = event.segment else { return Vec::new() };
    if !event.after.mappings_seen || event.after.segments.is_none() {
        return Vec::new();
    }
    let row = event.after.segment(shmid);
    if row.is_none() && event.before.segment(shmid).is_none() {
        return Vec::new();
    }
    let parties: Vec<Party> = event
        .after
        .members
        .iter()
        .enumerate()
        .map(|(place, member)| Party {
            role: member.role.clone(),
            place,
            pid: member.state.filter(|state| *state != 'Z').map(|_| member.pid),
            attached: event
                .after
                .mappings
                .iter()
                .filter(|mapping| mapping.role == member.role && mapping.shmid == shmid)
                .map(|mapping| (mapping.start, mapping.permissions.clone()))
                .collect(),
        })
        .collect();
    let bytes = event.content.as_ref().map(|content| first_words(&content.bytes));
    let single = parties.iter().all(|party| party.attached.len() <= 1);
    let mut lines = if width >= MIN_WIDTH && parties.len() <= 2 && single {
        wide(shmid, row, &parties, bytes.as_deref())
    } else {
        narrow(shmid, row, &parties, bytes.as_deref())
    };
    lines.push(Line::Instead(sentence(shmid, row, &parties, bytes.as_deref())));
    lines
}

/// The text at the start of the bytes, up to the first NUL.
fn first_words(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    quote(&bytes[..end])
}

fn inside(row: Option<&Segment>, bytes: Option<&str>) -> [String; 2] {
    match row {
        None => ["does not exist".into(), String::new()],
        Some(row) => {
            let facts = format!("{} bytes, nattch {}", row.size, row.nattch);
            let content = match (bytes, row.rss) {
                (Some(text), _) => text.to_owned(),
                (None, Some(0)) => "not in memory yet".into(),
                (None, _) if row.nattch == 0 => "nobody can look in".into(),
                (None, _) => String::new(),
            };
            [content, facts]
        }
    }
}

fn wide(shmid: i32, row: Option<&Segment>, parties: &[Party], bytes: Option<&str>) -> Vec<Line> {
    let [content, facts] = inside(row, bytes);
    let middle = |text: &str| ink(Style::Kernel, format!("{:<22}", fitted(text, 22)));
    let empty = Party { role: String::new(), place: 0, pid: None, attached: Vec::new() };
    let (left, right) = (parties.first().unwrap_or(&empty), parties.get(1).unwrap_or(&empty));
    let shown = |party: &Party| !party.role.is_empty();
    let side = |party: &Party, text: String| {
        if shown(party) {
            ink(Style::Actor(party.place), text)
        } else {
            plain(" ".repeat(text.chars().count()))
        }
    };
    let title = |party: &Party| match party.pid {
        Some(pid) => format!("{} {pid}", party.role),
        None if shown(party) => format!("{} (ended)", party.role),
        None => String::new(),
    };
    let [address, permissions] = [0, 1].map(|part| {
        move |party: &Party| match party.attached.first() {
            Some((at, _)) if part == 0 => format!("{at:#x}"),
            Some((_, permissions)) => permissions.clone(),
            None if part == 0 && party.pid.is_some() => "not attached".into(),
            None => String::new(),
        }
    });
    let edge = |open: &str, close: &str, width: usize| format!("{open}{}{close}", "─".repeat(width));
    let gap = || plain(" ".repeat(6));
    let arrow = |party: &Party, drawn: &str| {
        if party.attached.is_empty() { gap() } else { ink(Style::Actor(party.place), drawn) }
    };
    let (tee_left, tee_right) = (joint(left, "├"), joint(right, "┤"));
    let drawn = |pieces: Vec<Piece>| Line::Drawn(pieces);
    vec![
        drawn(vec![
            side(left, format!(" {:<27}", title(left))),
            ink(Style::Kernel, format!(" {:<29}", format!("segment {shmid}"))),
            side(right, format!(" {}", title(right))),
        ]),
        drawn(vec![
            side(left, edge("┌", "┐", 20)),
            gap(),
            ink(Style::Kernel, edge("┌", "┐", 22)),
            gap(),
            side(right, edge("┌", "┐", 20)),
        ]),
        drawn(vec![
            side(left, format!("│ {:<19}{tee_left}", address(left))),
            arrow(left, "─────▶"),
            ink(Style::Kernel, "│"),
            middle(&format!(" {content}")),
            ink(Style::Kernel, "│"),
            arrow(right, "◀─────"),
            side(right, format!("{tee_right} {:<19}│", address(right))),
        ]),
        drawn(vec![
            side(left, format!("│ {:<19}│", permissions(left))),
            gap(),
            ink(Style::Kernel, "│"),
            middle(&format!(" {facts}")),
            ink(Style::Kernel, "│"),
            gap(),
            side(right, format!("│ {:<19}│", permissions(right))),
        ]),
        drawn(vec![
            side(left, edge("└", "┘", 20)),
            gap(),
            ink(Style::Kernel, edge("└", "┘", 22)),
            gap(),
            side(right, edge("└", "┘", 20)),
        ]),
    ]
}

fn joint<'a>(party: &Party, joined: &'a str) -> &'a str {
    if party.attached.is_empty() { "│" } else { joined }
}

/// As much as fits, the rest said to be there; the whole value stands under EVIDENCE.
fn fitted(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.into() } else { shortened(text, width - 1).into_owned() }
}

fn narrow(shmid: i32, row: Option<&Segment>, parties: &[Party], bytes: Option<&str>) -> Vec<Line> {
    let mut lines = Vec::new();
    for party in parties {
        let who = match party.pid {
            Some(pid) => format!("{} {pid}", party.role),
            None => format!("{} (ended)", party.role),
        };
        lines.push(Line::Drawn(vec![ink(Style::Actor(party.place), who)]));
        for (address, permissions) in &party.attached {
            lines.push(Line::Drawn(vec![plain(format!("  {address:#x} {permissions}"))]));
            lines.push(Line::Drawn(vec![
                ink(Style::Actor(party.place), "  └─▶ "),
                ink(Style::Kernel, format!("segment {shmid}")),
            ]));
        }
        if party.attached.is_empty() && party.pid.is_some() {
            lines.push(Line::Drawn(vec![plain("  not attached")]));
        }
    }
    lines.push(Line::Drawn(vec![ink(Style::Kernel, format!("segment {shmid}"))]));
    for text in inside(row, bytes).into_iter().filter(|text| !text.is_empty()) {
        lines.push(Line::Drawn(vec![plain(format!("  {text}"))]));
    }
    lines
}

fn sentence(shmid: i32, row: Option<&Segment>, parties: &[Party], bytes: Option<&str>) -> String {
    let Some(row) = row else { return format!("Segment {shmid} does not exist.") };
    let attached: Vec<_> = parties
        .iter()
        .flat_map(|party| party.attached.iter().map(move |(at, _)| format!("{} at {at:#x}", party.role)))
        .collect();
    let by = if attached.is_empty() {
        "attached by nobody".into()
    } else {
        format!("attached by {}", attached.join(" and "))
    };
    let content = match (bytes, row.rss) {
        (Some(text), _) => format!("; it begins with {text}"),
        (None, Some(0)) => "; none of it is in memory yet".into(),
        (None, _) => String::new(),
    };
    format!("Segment {shmid}, {} bytes, is {by}{content}.", row.size)
}
