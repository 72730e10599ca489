//! The drawing: the segments in a box in the middle, a process at its left and one at its right, a third below. A
//! process's attachments stand beside the segment that they are of, so that no line turns or crosses another. What
//! does not fit is not drawn: then the sentence says it all.

use super::view::{Attachment, Bytes, Process, Shown, Text, View, key};
use crate::facts::event::Mapping;
use crate::output::line::{Line, Piece, Style, ink, plain};
use crate::text::{columns, shortened};

const MIN_WIDTH: usize = 80;
/// Processes beside the segments, and below them.
const MOST_BESIDE: usize = 2;
const MOST_PROCESSES: usize = 3;
/// Rows at most, by the number of segments.
const MOST_ROWS: [usize; 3] = [8, 9, 12];
/// Columns between a process and the segments.
const GAP: usize = 5;
/// Columns inside a process: an address of 47 bits.
const PROCESS: usize = 14;
/// Columns inside the segments where there is room: an identifier, a key and a word.
const SEGMENT: usize = 30;
/// What a box adds on both sides of its text.
const FRAME: usize = 4;

/// The line from a process to a segment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    None,
    Kept,
    New,
}

/// A process beside the segments: its rows, segment by segment.
struct Side<'a> {
    process: &'a Process<'a>,
    bands: Vec<Vec<(String, Link)>>,
    inner: usize,
}

/// A row of a segment: in bold where the step changed something.
type Row = (Style, String);

/// A segment in the box, its title in the edge above it.
struct Band {
    title: Row,
    rows: Vec<Row>,
    inner: usize,
}

/// None where it does not fit, though whoever had ended before the step makes room for the others.
pub(super) fn draw(view: &View<'_>, width: usize) -> Option<Vec<Line>> {
    if width < MIN_WIDTH || !view.strays.is_empty() {
        return None;
    }
    let most = view.processes.iter().map(Process::leaves).max().unwrap_or(0);
    (0..=most).rev().find_map(|most| {
        let stay = view.processes.iter().filter(|process| process.leaves() <= most);
        drawn(view, stay.collect(), width)
    })
}

fn drawn(view: &View<'_>, mut processes: Vec<&Process<'_>>, width: usize) -> Option<Vec<Line>> {
    if processes.len() > MOST_PROCESSES {
        return None;
    }
    processes.sort_by_key(|process| process.leaves() > 0);
    let (beside, below) = processes.split_at(processes.len().min(MOST_BESIDE));
    let mut sides: Vec<Side<'_>> = beside.iter().map(|process| Side::of(process, &view.segments)).collect();
    sides.sort_by_key(|side| side.process.place);
    let taken: usize = sides.iter().map(|side| side.width() + GAP).sum();
    let bands = bands(&view.segments, width.checked_sub(taken + FRAME)?)?;
    let mut lines = boxes(&sides, &bands, width)?;
    for process in below {
        lines.extend(rows_below(process, width)?);
    }
    let most_rows = MOST_ROWS.get(bands.len().checked_sub(1)?)?;
    (lines.len() <= *most_rows).then_some(lines)
}

impl<'a> Side<'a> {
    fn of(process: &'a Process<'a>, segments: &[Shown<'_>]) -> Side<'a> {
        let of = |shmid: i32| process.attached.iter().filter(move |held| held.mapping.shmid == shmid);
        let gone = |shmid: i32| process.gone.iter().filter(move |mapping| mapping.shmid == shmid);
        let dense =
            segments.iter().any(|segment| of(segment.shmid).count() + gone(segment.shmid).count() > 1);
        let mut bands: Vec<Vec<(String, Link)>> = segments
            .iter()
            .map(|segment| {
                let gone = gone(segment.shmid).flat_map(|mapping| cells(mapping, "gone", Link::None, dense));
                let held = of(segment.shmid)
                    .flat_map(|held| cells(held.mapping, &held.mapping.permissions, link(held), dense));
                held.chain(gone).collect()
            })
            .collect();
        let free = bands.iter().position(Vec::is_empty).unwrap_or(0);
        if let (Some(free), Some(state)) = (bands.get_mut(free), process.state()) {
            free.push((state.brief.into(), Link::None));
        }
        let widest = bands.iter().flatten().map(|(text, _)| columns(text)).max();
        Side { process, bands, inner: widest.unwrap_or(0).max(PROCESS) }
    }

    fn ink(&self) -> Style {
        Style::Actor(self.process.place)
    }

    fn width(&self) -> usize {
        self.inner + FRAME
    }

    /// A row of its box and of the gap beside it.
    fn row(&self, at_left: bool, cell: Option<&(String, Link)>) -> [Piece; 2] {
        let (text, link) = cell.map_or(("", Link::None), |(text, link)| (text.as_str(), *link));
        let (open, close) = match (link, at_left) {
            (Link::None, _) => ("│", "│"),
            (_, true) => ("│", "├"),
            (_, false) => ("┤", "│"),
        };
        let gap = match (link, at_left) {
            (Link::None, _) => plain(" ".repeat(GAP)),
            (Link::Kept, true) => ink(self.ink(), "────▶"),
            (Link::Kept, false) => ink(self.ink(), "◀────"),
            (Link::New, true) => ink(Style::Strong, "─new▶"),
            (Link::New, false) => ink(Style::Strong, "◀new─"),
        };
        [ink(self.ink(), format!("{open} {} {close}", padded(text, self.inner))), gap]
    }

    /// Its upper or lower edge, and the gap beside it.
    fn edge(&self, open: &str, close: &str) -> [Piece; 2] {
        let edge = format!("{open}{}{close}", "─".repeat(self.inner + 2));
        [ink(self.ink(), edge), plain(" ".repeat(GAP))]
    }
}

fn link(held: &Attachment<'_>) -> Link {
    if held.new { Link::New } else { Link::Kept }
}

/// An address and a word about it, in one row or in two.
fn cells(mapping: &Mapping, word: &str, link: Link, dense: bool) -> Vec<(String, Link)> {
    match dense {
        true => vec![(format!("{:#x} {word}", mapping.start), link)],
        false => vec![(format!("{:#x}", mapping.start), link), (word.to_owned(), Link::None)],
    }
}

/// The segments, all of one width.
fn bands(segments: &[Shown<'_>], room: usize) -> Option<Vec<Band>> {
    let rows_at = |segment: &Shown<'_>, inner: usize| -> Option<(Row, Vec<Row>)> {
        Some((title(segment, inner)?, rows(segment, inner)))
    };
    let whole = segments.iter().filter_map(|segment| rows_at(segment, usize::MAX));
    let wanted = whole.flat_map(|(title, rows)| std::iter::once(title).chain(rows));
    let wanted = wanted.map(|(_, text)| columns(&text)).max()?;
    let inner = wanted.max(SEGMENT).min(room);
    let band = |segment: &Shown<'_>| {
        let (title, rows) = rows_at(segment, inner)?;
        let fits = rows.iter().all(|(_, text)| columns(text) <= inner);
        fits.then_some(Band { title, rows, inner })
    };
    segments.iter().map(band).collect()
}

/// A segment's identifier, its key, its mark; shorter where there is little room.
pub(super) fn title(segment: &Shown<'_>, inner: usize) -> Option<Row> {
    let mut facts = vec![segment.shmid.to_string()];
    if let Some(row) = segment.row {
        facts.push(key(row));
    }
    let marked = segment.marked();
    facts.extend(marked.map(|now| if now { "now marked".into() } else { "marked".into() }));
    facts.extend(segment.new.then(|| "new".into()));
    let style = if segment.new || marked == Some(true) { Style::Strong } else { Style::Kernel };
    let forms = [format!("segment {}", facts.join(", ")), facts.join(", "), facts.join(" ")];
    forms.into_iter().find(|form| columns(form) <= inner).map(|form| (style, form))
}

/// What stands below a segment's title.
pub(super) fn rows(segment: &Shown<'_>, inner: usize) -> Vec<Row> {
    let Some(row) = segment.row else { return vec![(Style::Strong, "removed".into())] };
    let size = format!("{} bytes", row.size);
    let (nattch, style) = match segment.nattch_before() {
        Some(was) => (format!("nattch {was}→{}", row.nattch), Style::Strong),
        None => (format!("nattch {}", row.nattch), Style::Kernel),
    };
    let both = format!("{size}, {nattch}");
    let mut rows = match columns(&both) <= inner {
        true => vec![(style, both)],
        false => vec![(Style::Kernel, size), (style, nattch)],
    };
    let (style, text) = content(&segment.bytes);
    rows.push((style, fitted(&text, inner)));
    rows
}

fn content(bytes: &Bytes) -> Row {
    let text = |begin: &str, text: &Text| match text {
        Text::Zeros => format!("{begin}zeros at the start"),
        Text::Quoted(text) => format!("{begin}{text}"),
    };
    match bytes {
        Bytes::Read(read, false) => (Style::Kernel, text("", read)),
        Bytes::Read(read, true) => (Style::Strong, text("now ", read)),
        Bytes::Was(seen) => (Style::Kernel, text("was ", seen)),
        Bytes::NotYet => (Style::Kernel, "not in memory yet".into()),
        Bytes::NotNow => (Style::Kernel, "not in memory now".into()),
        Bytes::Partly(rss) => (Style::Kernel, format!("{rss} bytes in memory")),
        Bytes::NotRead => (Style::Kernel, "bytes not read".into()),
    }
}

/// The processes' names, then the boxes row by row.
fn boxes(sides: &[Side<'_>], bands: &[Band], width: usize) -> Option<Vec<Line>> {
    let inner = bands.first()?.inner;
    let mut lines = vec![names(sides, inner, width)?];
    for (at, band) in bands.iter().enumerate() {
        let (ends, open, close) = match at {
            0 => (Some(["┌", "┐"]), "┌", "┐"),
            _ => (None, "├", "┤"),
        };
        let (style, title) = &band.title;
        let rest = "─".repeat(inner - columns(title));
        lines.push(across(
            sides,
            |side, at_left| {
                ends.map_or_else(|| side.row(at_left, None), |[open, close]| side.edge(open, close))
            },
            vec![
                ink(Style::Kernel, format!("{open} ")),
                ink(*style, title),
                ink(Style::Kernel, format!(" {rest}{close}")),
            ],
        ));
        let beside = sides.iter().map(|side| side.bands[at].len()).max();
        for row in 0..band.rows.len().max(beside.unwrap_or(0)) {
            let (style, text) =
                band.rows.get(row).map_or((Style::Kernel, ""), |(style, text)| (*style, text));
            lines.push(across(
                sides,
                |side, at_left| side.row(at_left, side.bands[at].get(row)),
                vec![ink(Style::Kernel, "│ "), ink(style, padded(text, inner)), ink(Style::Kernel, " │")],
            ));
        }
    }
    let edge = ink(Style::Kernel, format!("└{}┘", "─".repeat(inner + 2)));
    lines.push(across(sides, |side, _| side.edge("└", "┘"), vec![edge]));
    Some(lines)
}

/// A row from the left to the right.
fn across(sides: &[Side<'_>], side: impl Fn(&Side<'_>, bool) -> [Piece; 2], middle: Vec<Piece>) -> Line {
    let left = sides.first().map(|left| side(left, true)).into_iter().flatten();
    let right = sides.get(1).map(|right| side(right, false)).into_iter().flat_map(|[own, gap]| [gap, own]);
    Line::Drawn(left.chain(middle).chain(right).collect())
}

/// The row above the boxes: a name that is longer than its box begins further left.
fn names(sides: &[Side<'_>], inner: usize, width: usize) -> Option<Line> {
    let mut pieces = Vec::new();
    let mut end = 0;
    let starts = sides.first().map(|left| [0, left.width() + GAP + inner + FRAME + GAP]);
    for (side, start) in sides.iter().zip(starts.into_iter().flatten()) {
        let name = format!(" {}", name_of(side.process));
        let start = start.min(width.checked_sub(columns(&name))?);
        pieces.push(plain(" ".repeat(start.checked_sub(end)?)));
        end = start + columns(&name);
        pieces.push(ink(side.ink(), name));
    }
    Some(Line::Drawn(pieces))
}

pub(super) fn name_of(process: &Process<'_>) -> String {
    let new = if process.new { ", new" } else { "" };
    format!("{}{new}", process.name())
}

/// A process that has no place beside the segments: its lines end in an identifier.
fn rows_below(process: &Process<'_>, width: usize) -> Option<Vec<Line>> {
    const INDENT: &str = "   ";
    let own = Style::Actor(process.place);
    let mut facts: Vec<[Piece; 3]> = Vec::new();
    for Attachment { mapping, new } in &process.attached {
        let arrow = if *new { ink(Style::Strong, "─new▶") } else { ink(own, "────▶") };
        let from = format!("{INDENT}{:#x} {} ", mapping.start, mapping.permissions);
        facts.push([ink(own, from), arrow, ink(own, format!(" {}", mapping.shmid))]);
    }
    for mapping in &process.gone {
        let gone = format!("{INDENT}{:#x} gone from {}", mapping.start, mapping.shmid);
        facts.push([ink(own, gone), plain(""), plain("")]);
    }
    if let Some(state) = process.state() {
        facts.push([ink(own, format!("{INDENT}{}", state.brief)), plain(""), plain("")]);
    }
    let mut rows = vec![vec![ink(own, format!(" {}", name_of(process)))]];
    let taken = |pieces: &[Piece]| pieces.iter().map(|piece| columns(&piece.text)).sum::<usize>();
    for fact in facts {
        let row = rows.last_mut()?;
        match taken(row) + taken(&fact) <= width {
            true => row.extend(fact),
            false => rows.push(fact.into()),
        }
    }
    rows.iter().all(|row| taken(row) <= width).then(|| rows.into_iter().map(Line::Drawn).collect())
}

fn padded(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(columns(text)))
}

/// As much as fits, and a sign that there is more.
fn fitted(text: &str, width: usize) -> String {
    let mut most = text.chars().count();
    let mut fitted = text.to_owned();
    while columns(&fitted) > width && most > 0 {
        most -= 1;
        fitted = shortened(text, most).into_owned();
    }
    fitted
}
