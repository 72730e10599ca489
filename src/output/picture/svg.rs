//! The picture of a step as a drawing for a report: at the left each process with what it has attached, at the right the
//! segments, and an arrow from an attachment to its segment. However many there are, all of it is drawn. What the step has
//! changed says so in words and has a thicker line, and what is gone a broken one: no colour is needed.

use super::drawing::{name_of, rows, title};
use super::view::{Process, Shown, View};
use crate::facts::event::Mapping;
use crate::output::line::Style;
use crate::output::report::{Anchor, COLUMN, Drawing, ROW};
use crate::text::columns;

/// Pixels: at the edges, between boxes above each other, and between text and its box.
const EDGE: i32 = 12;
const BETWEEN: i32 = 16;
const PAD: i32 = 8;
/// Between the processes and the segments: room for arrows.
const GAP: i32 = 130;
/// A dot where an arrow begins.
const DOT: i32 = 3;
/// The fewest columns in a box, and the most in a segment's.
const LEAST: usize = 22;
const MOST: usize = 44;

/// An attachment beside its process, and where its arrow begins.
struct End<'a> {
    mapping: &'a Mapping,
    y: i32,
    colour: &'static str,
    new: bool,
    gone: bool,
}

pub(super) fn draw(view: &View<'_>) -> Drawing {
    let processes: Vec<_> = view.processes.iter().map(|process| (process, cells(process))).collect();
    let widest = processes
        .iter()
        .flat_map(|(process, cells)| cells.iter().map(Cell::columns).chain([columns(&name_of(process))]));
    let left = pixels(widest.max().unwrap_or(0).max(LEAST)) + 2 * PAD + 2 * PAD;
    let bands: Vec<_> = view.segments.iter().map(|segment| (segment, band(segment))).collect();
    let widest = bands.iter().flat_map(|(_, rows)| rows.iter().map(|(_, text)| columns(text)));
    let right = pixels(widest.max().unwrap_or(0).max(LEAST)) + 2 * PAD;
    let tall = |boxes: Vec<i32>| EDGE * 2 + boxes.iter().map(|rows| rows + BETWEEN).sum::<i32>() - BETWEEN;
    let sides = [
        tall(processes.iter().map(|(_, cells)| process_height(cells.len())).collect()),
        tall(bands.iter().map(|(_, rows)| height(rows.len())).collect()),
    ];
    let strays: Vec<String> = view.strays.iter().map(|mapping| stray(mapping)).collect();
    let below = strays.iter().map(|words| pixels(columns(words))).max().unwrap_or(0);
    let tallest = sides.into_iter().max().unwrap_or(0).max(2 * EDGE);
    let mut drawing =
        Drawing::new(2 * EDGE + (left + GAP + right).max(below), tallest + whole(strays.len()) * ROW);
    let mut ends = Vec::new();
    // The lower side is centred, so that its arrows are not steep.
    let [from_process, from_segment] = sides.map(|side| EDGE + (tallest - side) / 2);
    let mut y = from_process;
    for (process, cells) in &processes {
        ends.extend(draw_process(&mut drawing, process, cells, (EDGE, y), left));
        y += process_height(cells.len()) + BETWEEN;
    }
    let mut y = from_segment;
    let x = EDGE + left + GAP;
    for (segment, rows) in &bands {
        draw_segment(&mut drawing, segment, rows, (x, y), right);
        draw_arrows(&mut drawing, &ends, segment.shmid, (EDGE + left, x), (y, height(rows.len())));
        y += height(rows.len()) + BETWEEN;
    }
    for (at, words) in strays.iter().enumerate() {
        drawing.text((EDGE, tallest + whole(at) * ROW), Anchor::Start, words, "strong");
    }
    drawing
}

/// An attachment that has no segment to point to.
fn stray(mapping: &Mapping) -> String {
    let Mapping { role, pid, shmid, start, .. } = mapping;
    format!("{role} {pid} has segment {shmid} at {start:#x}, and it is none of this lesson's")
}

/// A row inside a process.
struct Cell<'a> {
    text: String,
    /// What is attached, or was; none: the row says why nothing is.
    mapping: Option<&'a Mapping>,
    new: bool,
    gone: bool,
}

impl Cell<'_> {
    /// How many bytes of the process's addresses it takes.
    fn size(&self) -> Option<String> {
        self.mapping.filter(|_| !self.gone).map(|mapping| format!("{} bytes", mapping.end - mapping.start))
    }

    fn columns(&self) -> usize {
        columns(&self.text) + self.size().map_or(0, |size| 2 + columns(&size))
    }
}

/// The rows of a process, the highest address first, as address spaces are drawn.
fn cells<'a>(process: &Process<'a>) -> Vec<Cell<'a>> {
    let held = process.attached.iter().map(|held| {
        let mark = if held.new { ", new" } else { "" };
        let text = format!("{:#x} {}{mark}", held.mapping.start, held.mapping.permissions);
        Cell { text, mapping: Some(held.mapping), new: held.new, gone: false }
    });
    let gone = process.gone.iter().map(|mapping| {
        let text = format!("{:#x} gone", mapping.start);
        Cell { text, mapping: Some(mapping), new: false, gone: true }
    });
    let mut cells: Vec<_> = held.chain(gone).collect();
    cells.sort_by_key(|cell| std::cmp::Reverse(cell.mapping.map(|mapping| mapping.start)));
    let alone = |text: &str| Cell { text: text.to_owned(), mapping: None, new: false, gone: false };
    cells.extend(process.state().map(|state| alone(state.brief)));
    cells
}

/// A segment's title and rows; what is new stands out.
fn band(segment: &Shown<'_>) -> Vec<(Style, String)> {
    let head = title(segment, usize::MAX);
    head.into_iter().chain(rows(segment, MOST)).collect()
}

fn draw_process<'a>(
    drawing: &mut Drawing,
    process: &Process<'_>,
    cells: &[Cell<'a>],
    (x, top): (i32, i32),
    width: i32,
) -> Vec<End<'a>> {
    let [colour, strong, thick, broken] = [
        ["actor0", "actor0 strong", "actor0 new", "actor0 gone"],
        ["actor1", "actor1 strong", "actor1 new", "actor1 gone"],
        ["actor2", "actor2 strong", "actor2 new", "actor2 gone"],
    ][process.place % 3];
    let mut ends = Vec::new();
    let name = name_of(process);
    drawing.group(&name, "process", |drawing| {
        let outer = if process.new { thick } else { colour };
        drawing.rect((x, top), (width, process_height(cells.len())), outer);
        drawing.text((x + PAD, top + ROW), Anchor::Start, &name, strong);
        let mut y = top + ROW + PAD;
        for cell in cells {
            let class = match (cell.gone, cell.new) {
                (true, _) => broken,
                (_, true) => thick,
                _ => colour,
            };
            if let Some(mapping) = cell.mapping {
                drawing.rect((x + PAD, y), (width - 2 * PAD, ROW + 4), class);
                let (new, gone) = (cell.new, cell.gone);
                let (y, colour) = (y + ROW / 2 + 2, if gone { broken } else { class });
                ends.push(End { mapping, y, colour, new, gone });
            }
            let weight = if cell.new || cell.gone { "strong" } else { "plain" };
            drawing.text((x + 2 * PAD, y + ROW - 3), Anchor::Start, &cell.text, weight);
            if let Some(size) = cell.size() {
                drawing.text((x + width - 2 * PAD, y + ROW - 3), Anchor::End, &size, weight);
            }
            y += ROW + PAD;
        }
    });
    ends
}

fn draw_segment(
    drawing: &mut Drawing,
    segment: &Shown<'_>,
    rows: &[(Style, String)],
    (x, top): (i32, i32),
    width: i32,
) {
    let class = match (segment.row, segment.new) {
        (None, _) => "segment gone",
        (_, true) => "segment new",
        _ => "segment",
    };
    drawing.group(&format!("segment {}", segment.shmid), "segments", |drawing| {
        drawing.rect((x, top), (width, height(rows.len())), class);
        for (at, (style, text)) in rows.iter().enumerate() {
            let class = if *style == Style::Strong { "strong" } else { "plain" };
            drawing.text((x + PAD, top + (whole(at) + 1) * ROW), Anchor::Start, text, class);
        }
    });
}

/// Arrows to this segment, each to a place of its own at the segment's edge.
fn draw_arrows(
    drawing: &mut Drawing,
    ends: &[End<'_>],
    shmid: i32,
    (from, to): (i32, i32),
    (top, tall): (i32, i32),
) {
    let own: Vec<_> = ends.iter().filter(|end| end.mapping.shmid == shmid).collect();
    for (at, end) in own.iter().enumerate() {
        let y = top + tall * (whole(at) + 1) / (whole(own.len()) + 1);
        match end.gone {
            true => drawing.line((from, end.y), (to, y), end.colour),
            false => {
                drawing.circle((from, end.y), DOT, end.colour);
                drawing.arrow((from, end.y), (to, y), end.colour);
            }
        }
        let word = match (end.new, end.gone) {
            (true, _) => "new",
            (_, true) => "gone",
            _ => continue,
        };
        let middle = ((from + to) / 2, (end.y + y) / 2 - 6);
        drawing.text(middle, Anchor::Middle, word, "strong mark");
    }
}

/// The height of a box with this number of rows of text.
fn height(rows: usize) -> i32 {
    whole(rows) * ROW + PAD
}

/// The same of a process, whose rows below the name are boxes.
fn process_height(cells: usize) -> i32 {
    ROW + PAD + whole(cells) * (ROW + PAD)
}

fn pixels(columns: usize) -> i32 {
    whole(columns) * COLUMN
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
