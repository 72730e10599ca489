//! The picture in parts that fit on a page, each with the names on top; below the last one stands what the signs mean.
//! Black on the paper's colour, with a shape or a pattern for each meaning, since a print may have no colours.

use super::Timeline;
use super::layout::{FOOT, HEAD, Layout, ROW};
use super::part::Part;
use super::symbols::{STEPS, Shape, TOUCHES};
use crate::output::line::{labelled, plain};
use crate::output::report::{self, Anchor, Block, Drawing, Picture};

/// A page of paper in pixels: as wide as a print sets it, and as high as a picture may be with what stands around it.
const PAGE: (i32, i32) = (690, 930);

/// The drawings. `characters`: the same drawn for a terminal, if it can be.
pub(super) fn pictures(timeline: &Timeline, characters: Vec<String>) -> Vec<Picture> {
    let layout = Layout::of(timeline);
    let all = timeline.rows.len();
    // A print makes a wide picture narrower, so more rows have room on a page.
    let height = PAGE.1 * layout.width.max(PAGE.0) / PAGE.0 - HEAD - FOOT - 3 * ROW;
    let count = all.div_ceil(usize::try_from(height / ROW).unwrap_or(1)).max(1);
    // Parts of one size, so that the last one is not a row or two.
    let size = all.div_ceil(count).max(1);
    let mut pictures: Vec<Picture> = Vec::new();
    for place in 0..count {
        let rows = place * size..((place + 1) * size).min(all);
        let bottom = HEAD + i32::try_from(rows.len()).unwrap_or(0) * ROW + FOOT;
        let signs = if place + 1 == count { signs(timeline) } else { Vec::new() };
        let lines = i32::try_from(signs.len().div_ceil(IN_A_ROW)).unwrap_or(0);
        let legend = if lines > 0 { lines * ROW + 8 } else { 0 };
        let width = if lines > 0 { layout.width.max(LEGEND) } else { layout.width };
        let mut drawing = Drawing::new(width, bottom + legend);
        Part { timeline, layout: &layout, rows }.draw(&mut drawing);
        legend_at(&mut drawing, bottom + 4, &signs);
        let sentence = || format!("{} Each step stands below in words.", timeline.sentence());
        let part = if count == 1 { String::new() } else { format!(", part {} of {count}", place + 1) };
        let title = format!("{}{part}", timeline.name);
        let words = if place == 0 { sentence() } else { "It goes on from the part before.".into() };
        let characters = if place == 0 { characters.clone() } else { Vec::new() };
        pictures.push(Picture { title, words, drawing, characters });
    }
    pictures
}

/// The drawings as a report has them, with what they leave out.
pub fn drawn(timeline: &Timeline, characters: Vec<String>) -> Vec<Block> {
    let left_out = timeline.left_out.iter().map(|what| labelled("NOTE", what));
    let pictures = pictures(timeline, characters).into_iter().map(Block::Picture);
    pictures.chain(report::blocks(left_out)).collect()
}

/// The drawings, and the same as a list.
pub fn blocks(timeline: &Timeline) -> Vec<Block> {
    let mut all = drawn(timeline, Vec::new());
    let items = super::words(timeline).into_iter().map(|words| vec![plain(words)]);
    all.push(Block::List { ordered: false, items: items.collect() });
    all
}

/// How many signs stand in a row of the legend, and the room for each.
const IN_A_ROW: usize = 6;
const WIDE: i32 = 92;
const LEGEND: i32 = 6 * WIDE;

/// The signs of this picture, and what they mean.
fn signs(timeline: &Timeline) -> Vec<(Shape, &'static str)> {
    let drawn = |wanted| timeline.rows.iter().any(|row| row.mark == wanted);
    let touched = |wanted| timeline.rows.iter().any(|row| matches!(row.bar, Some((_, one)) if one == wanted));
    let steps = STEPS.iter().filter(|(mark, ..)| drawn(*mark)).map(|(_, shape, word)| (*shape, *word));
    let touches = TOUCHES.iter().filter(|(touch, ..)| touched(*touch));
    steps.chain(touches.map(|(_, shape, word)| (*shape, *word))).collect()
}

/// The legend, below the picture.
fn legend_at(drawing: &mut Drawing, top: i32, signs: &[(Shape, &str)]) {
    let (mut x, mut y) = (12, top + ROW / 2);
    for (place, ((path, class), word)) in signs.iter().enumerate() {
        if place > 0 && place % IN_A_ROW == 0 {
            (x, y) = (12, y + ROW);
        }
        drawing.path((x, y), path, class);
        drawing.text((x + 13, y + 4), Anchor::Start, word, "beside");
        x += WIDE;
    }
}
