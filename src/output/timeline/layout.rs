//! Where things are in a drawing, in units of a pixel. Text is set in a fixed pitch, so what a label takes is known.

use super::{Bar, Mark, Timeline};
use crate::text::columns;

/// The height of a row.
pub const ROW: i32 = 22;
/// What stands above the first row: names of lanes and of segments.
pub const HEAD: i32 = 62;
/// What stands below the last one.
pub const FOOT: i32 = 20;
/// Room for a step's number, and for its time; where the one ends and the other.
const NUMBER: i32 = 40;
const TIME: i32 = 62;
pub const NUMBER_END: i32 = NUMBER - 6;
pub const TIME_END: i32 = NUMBER + TIME - 4;
/// How wide a lane is in columns of text: at least, at most where there are many, at most where there are few; and the
/// least that all lanes together are.
const LEAST: i32 = 12;
const LANE: i32 = 17;
const WIDE_LANE: i32 = 28;
const LANES: i32 = 330;
/// What all lanes together may take where their labels are long.
const BUDGET: i32 = 760;
/// From a lane's left edge to its line, and to its label.
const LINE: i32 = 9;
const LABEL: i32 = 19;
/// The least that a segment's column is wide; room for signs at the bar's left; what each process takes of a bar.
const COLUMN: i32 = 86;
const SIGNS: i32 = 20;
pub const SLOT: i32 = 15;
/// How wide a letter is, in tenths of a pixel: the large ones, the small ones, and those of remarks.
const LARGE: i32 = 74;
const SMALL: i32 = 65;
const BESIDE: i32 = 60;
/// Up to this number of lanes the letters are large.
const FEW: i32 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    first_lane: i32,
    lane: i32,
    lanes: i32,
    /// How wide a letter is, in tenths of a pixel.
    letter: i32,
    /// Of each bar: where its column begins, and the lanes that have a place in it.
    bars: Vec<(i32, Vec<usize>)>,
    pub width: i32,
}

/// The width of a text whose letters are this wide, in tenths of a pixel.
fn wide(text: &str, letter: i32) -> i32 {
    i32::try_from(columns(text)).unwrap_or(i32::MAX / 1000).saturating_mul(letter) / 10 + 1
}

impl Layout {
    pub fn of(timeline: &Timeline) -> Layout {
        let first_lane = NUMBER + if timeline.timed { TIME } else { 0 } + 8;
        let lanes = i32::try_from(timeline.lanes.len().max(1)).unwrap_or(1);
        let letter = if lanes <= FEW { LARGE } else { SMALL };
        let most = ((BUDGET / lanes - LABEL - 10) * 10 / letter).clamp(LANE, WIDE_LANE);
        let steps = timeline.rows.iter().filter(|row| !matches!(row.mark, Mark::Finding | Mark::Folded(_)));
        let names = timeline.lanes.iter().map(|lane| columns(&lane.name));
        let longest = steps.map(|row| columns(&row.what)).chain(names).max().unwrap_or(0);
        let columns = int(longest).clamp(LEAST, most);
        let lane = (columns * letter / 10 + LABEL + 10).max(LANES / lanes);
        let mut at = first_lane + lane * lanes;
        let mut bars = Vec::new();
        for slots in timeline.bars.iter().map(slots) {
            let width = (SIGNS + bar_width(&slots) + 10).max(COLUMN);
            bars.push((at, slots));
            at += width;
        }
        Layout { first_lane, lane, lanes, letter, bars, width: at + 6 }
    }

    /// The class of the letters.
    pub fn letters(&self) -> &'static str {
        if self.letter == LARGE { "step" } else { "step dense" }
    }

    /// How wide a label is.
    pub fn text_width(&self, text: &str) -> i32 {
        wide(text, self.letter)
    }

    /// A step's label, as much of it as its lane has room for.
    pub fn label_of(&self, text: &str) -> String {
        self.fitted(text, self.label_room())
    }

    /// As much of a text as a width has room for.
    pub fn fitted(&self, text: &str, room: i32) -> String {
        shortened_to(text, room, self.letter)
    }

    /// The same for a remark, in its small letters.
    pub fn beside(text: &str, room: i32) -> String {
        shortened_to(text, room, BESIDE)
    }

    /// Where a lane begins; the line of its process; its labels, and how much room they have.
    pub fn lane(&self, lane: usize) -> i32 {
        self.first_lane + int(lane) * self.lane
    }

    pub fn line(&self, lane: usize) -> i32 {
        self.lane(lane) + LINE
    }

    pub fn label(&self, lane: usize) -> i32 {
        self.lane(lane) + LABEL
    }

    pub fn label_room(&self) -> i32 {
        self.lane - LABEL - 4
    }

    /// Where the lanes begin and end.
    pub fn lanes(&self) -> (i32, i32) {
        (self.first_lane, self.first_lane + self.lane * self.lanes)
    }

    /// A bar: its left edge and its width.
    pub fn bar(&self, bar: usize) -> (i32, i32) {
        self.bars.get(bar).map_or((0, 0), |(at, slots)| (at + SIGNS, bar_width(slots)))
    }

    /// The left edge of a process's place in a bar.
    pub fn slot(&self, bar: usize, lane: usize) -> i32 {
        let slots = self.bars.get(bar).map_or(&[][..], |(_, slots)| slots);
        self.bar(bar).0 + 4 + int(slots.iter().position(|one| *one == lane).unwrap_or(0)) * SLOT
    }
}

/// A row's middle; `row` counts from the part's first one.
pub fn middle(row: usize) -> i32 {
    HEAD + int(row) * ROW + ROW / 2
}

/// The lanes that ever have a segment attached, in their order.
fn slots(bar: &Bar) -> Vec<usize> {
    let mut lanes: Vec<usize> = bar.holds.iter().map(|hold| hold.lane).collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

fn bar_width(slots: &[usize]) -> i32 {
    5 + SLOT * int(slots.len().max(1))
}

/// A number of rows, lanes or bars, all of which are few.
fn int(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX / 100)
}

fn shortened_to(text: &str, room: i32, letter: i32) -> String {
    if wide(text, letter) <= room {
        return text.to_owned();
    }
    let short = |end: usize| format!("{}…", &text[..end]);
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    short(ends.take_while(|end| wide(&short(*end), letter) <= room).last().unwrap_or(0))
}
