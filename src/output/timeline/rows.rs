//! Other rows in a picture: whatever names a row by its place goes on naming the same one.

use super::{Row, Timeline};

/// The picture with other rows; `new_of`: where each of the old ones is now.
pub fn moved(timeline: Timeline, rows: Vec<Row>, new_of: &[usize]) -> Timeline {
    let to = |row: usize| new_of.get(row).copied().unwrap_or(row);
    let mut timeline = Timeline { rows, ..timeline };
    for lane in &mut timeline.lanes {
        (lane.born, lane.ended) = (lane.born.map(to), lane.ended.map(to));
    }
    for bar in &mut timeline.bars {
        (bar.made, bar.marked, bar.gone) = (bar.made.map(to), bar.marked.map(to), bar.gone.map(to));
        for hold in &mut bar.holds {
            (hold.from, hold.to) = (to(hold.from), hold.to.map(to));
        }
    }
    timeline
}

/// The picture with more rows, each behind the row that it is named with.
pub fn inserted(timeline: Timeline, mut after: Vec<(usize, Row)>) -> Timeline {
    // What is found at one call keeps its order.
    after.sort_by_key(|(row, _)| *row);
    let mut more = after.into_iter().peekable();
    let (mut rows, mut new_of) = (Vec::new(), Vec::new());
    for (place, row) in timeline.rows.iter().enumerate() {
        new_of.push(rows.len());
        rows.push(row.clone());
        while let Some((_, found)) = more.next_if(|(row, _)| *row == place) {
            rows.push(found);
        }
    }
    rows.extend(more.map(|(_, found)| found));
    moved(timeline, rows, &new_of)
}
