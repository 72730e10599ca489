//! One part of a drawing: its names, the lines of its processes, bars of segments, steps and findings, in the order in
//! which they lie above each other.

use std::ops::Range;

use super::layout::{FOOT, HEAD, Layout, NUMBER_END, ROW, TIME_END, middle};
use super::symbols::{STEPS, TOUCHES, pattern, sign};
use super::{Bar, Lane, Mark, Row, Timeline, milliseconds};
use crate::output::report::{Anchor, Drawing};

/// A part, and the rows that it shows.
pub struct Part<'a> {
    pub timeline: &'a Timeline,
    pub layout: &'a Layout,
    pub rows: Range<usize>,
}

impl Part<'_> {
    pub fn draw(&self, on: &mut Drawing) {
        self.names(on);
        for (place, lane) in self.timeline.lanes.iter().enumerate() {
            if let Some((top, bottom)) = self.span(lane.born, lane.ended) {
                let x = self.layout.line(place);
                on.line((x, top), (x, bottom), "life");
            }
        }
        self.rows.clone().for_each(|row| self.leader(on, row));
        for (place, bar) in self.timeline.bars.iter().enumerate() {
            self.bar(on, place, bar);
        }
        self.rows.clone().for_each(|row| self.row(on, row));
    }

    fn bottom(&self) -> i32 {
        middle(self.rows.len()) - ROW / 2
    }

    /// Where a row is, if this part has it.
    fn y(&self, row: usize) -> Option<i32> {
        self.rows.contains(&row).then(|| middle(row - self.rows.start))
    }

    /// From where to where something is drawn that goes from one row to another; none: not in this part.
    fn span(&self, from: Option<usize>, to: Option<usize>) -> Option<(i32, i32)> {
        let begins = from.is_none_or(|from| from < self.rows.end);
        let ends = to.is_none_or(|to| to >= self.rows.start);
        let top = from.and_then(|from| self.y(from)).unwrap_or(HEAD - 4);
        let bottom = to.and_then(|to| self.y(to)).unwrap_or(self.bottom());
        (begins && ends).then_some((top, bottom))
    }

    fn names(&self, on: &mut Drawing) {
        let strong = if self.layout.letters() == "step" { "step strong" } else { "step dense strong" };
        let room = self.layout.label_room() + 12;
        for (place, lane) in self.timeline.lanes.iter().enumerate() {
            let x = self.layout.lane(place) + 3;
            let name = self.layout.fitted(&format!("{} {}", Lane::letter(place), lane.name), room);
            on.group(&lane.name, "", |on| {
                on.text((x, 30), Anchor::Start, &name, strong);
                on.text((x, 44), Anchor::Start, &Layout::beside(&lane.detail, room), "beside");
            });
        }
        for (place, bar) in self.timeline.bars.iter().enumerate() {
            let (x, room) = (self.layout.bar(place).0 - 14, 82);
            on.text((x, 16), Anchor::Start, "segment", "beside");
            on.text((x, 30), Anchor::Start, &self.layout.fitted(&bar.name, room), strong);
            on.text((x, 44), Anchor::Start, &Layout::beside(&bar.detail, room), "beside");
        }
        if self.timeline.timed {
            on.text((TIME_END, 44), Anchor::End, "ms", "beside");
        }
        on.line((0, HEAD - 10), (self.layout.width, HEAD - 10), "soft");
    }

    /// From a step to the segment that it is about.
    fn leader(&self, on: &mut Drawing, place: usize) {
        let Some(row) = self.timeline.rows.get(place) else { return };
        let (Some((bar, _)), Some(lane), Some(y)) = (row.bar, row.lane, self.y(place)) else { return };
        let label = self.layout.label_of(&row.what);
        let from = self.layout.label(lane) + self.layout.text_width(&label) + 4;
        on.line((from, y), (self.layout.bar(bar).0 - 15, y), "leader");
    }

    /// A segment: solid while it can be found by its key, dashed from its mark on; in it a strip for each process that
    /// has it attached.
    fn bar(&self, on: &mut Drawing, place: usize, bar: &Bar) {
        let Some((top, bottom)) = self.span(bar.made, bar.gone) else { return };
        let (x, width) = self.layout.bar(place);
        let title = format!("segment {}, {}: {}", bar.name, bar.detail, bar.end());
        on.group(&title, "", |on| {
            on.rect((x, top), (width, bottom - top), "paper");
            let turn = match bar.marked {
                Some(marked) if marked < self.rows.start => top,
                Some(marked) => self.y(marked).unwrap_or(bottom),
                None => bottom,
            };
            for (from, to, class) in [(top, turn, "side"), (turn, bottom, "side gone")] {
                if from < to {
                    on.line((x, from), (x, to), class);
                    on.line((x + width, from), (x + width, to), class);
                }
            }
            for (row, y) in [(bar.made, top), (bar.gone, bottom)] {
                if row.is_some_and(|row| self.rows.contains(&row)) {
                    on.line((x - 1, y), (x + width + 1, y), "new");
                }
            }
            self.holds(on, place, bar);
            if self.rows.end == self.timeline.rows.len() && bar.gone.is_none() {
                let word = if bar.gone_unseen { "gone" } else { "still there" };
                on.text((x - 14, self.bottom() + FOOT - 6), Anchor::Start, word, "beside");
            }
        });
    }

    fn holds(&self, on: &mut Drawing, place: usize, bar: &Bar) {
        for hold in &bar.holds {
            let Some((mut top, mut bottom)) = self.span(Some(hold.from), hold.to) else { continue };
            if bottom < top + 8 {
                // It began and ended in one row that stands for many.
                (top, bottom) = (top - 4, top + 4);
            }
            let (x, size) = (self.layout.slot(place, hold.lane), (12, bottom - top));
            on.rect((x, top), size, "strip");
            on.path((0, 0), &pattern(hold.lane, (x, top), size), "pattern");
            if size.1 >= 16 {
                on.rect((x + 1, top + 1), (10, 13), "paper");
                let letter = Lane::letter(hold.lane).to_string();
                on.text((x + 6, top + 11), Anchor::Middle, &letter, "beside strong");
            }
        }
    }

    fn row(&self, on: &mut Drawing, place: usize) {
        let (Some(row), Some(y)) = (self.timeline.rows.get(place), self.y(place)) else { return };
        on.group(&row.whole, "", |on| {
            if let Some(number) = row.number {
                on.text((NUMBER_END, y + 4), Anchor::End, &number.to_string(), "beside");
            }
            if let Some(at) = row.at {
                let at = Layout::beside(&milliseconds(at), 60);
                on.text((TIME_END, y + 4), Anchor::End, &at, "beside");
            }
            match row.mark {
                Mark::Finding => self.finding(on, row, y),
                Mark::Folded(_) => self.fold(on, row, y),
                _ => self.step(on, row, y),
            }
        });
    }

    fn step(&self, on: &mut Drawing, row: &Row, y: i32) {
        let Some(lane) = row.lane else { return };
        if let Some((path, class)) = sign(&STEPS, row.mark) {
            on.path((self.layout.line(lane), y), path, class);
        }
        let label = self.layout.label_of(&row.what);
        on.text((self.layout.label(lane), y + 4), Anchor::Start, &label, self.layout.letters());
        if let Some((bar, (path, class))) = row.bar.and_then(|(bar, how)| Some((bar, sign(&TOUCHES, how)?))) {
            on.path((self.layout.bar(bar).0 - 8, y), path, class);
        }
    }

    /// A box below the call, and a line from the one to the other.
    fn finding(&self, on: &mut Drawing, row: &Row, y: i32) {
        let (first, end) = self.layout.lanes();
        let words = self.layout.fitted(&row.what, end - first - 26);
        let width = self.layout.text_width(&words) + 12;
        let line = row.lane.map_or(first, |lane| self.layout.line(lane));
        let x = (line + 10).min(end - width - 2);
        if row.lane.is_some() {
            on.line((line, y - ROW + 6), (line, y), "thick");
            on.line((line, y), (x.max(line), y), "thick");
        }
        on.rect((x, y - 9), (width, 17), "found");
        on.text((x + 6, y + 4), Anchor::Start, &words, self.layout.letters());
    }

    /// The row that stands for others: a band across the lanes.
    fn fold(&self, on: &mut Drawing, row: &Row, y: i32) {
        let (first, end) = self.layout.lanes();
        let words = self.layout.fitted(&row.what, end - first - 14);
        on.rect((first, y - 9), (end - first - 4, 17), "folded");
        on.text(((first + end) / 2 - 2, y + 4), Anchor::Middle, &words, self.layout.letters());
    }
}
