//! Which lanes and which bars a picture has room for, and what is said of the others.

use std::cmp::Reverse;

use super::rows::moved;
use super::{Bar, Hold, Mark, Row, Timeline};
use super::{counted, counted_as};

/// More processes are not drawn.
pub const MAX_LANES: usize = 8;
/// More segments are not drawn.
const MAX_BARS: usize = 6;

/// The picture with the lanes that there is room for: those at which something was found, and those with most steps.
pub fn few_lanes(timeline: Timeline) -> Timeline {
    let count = timeline.lanes.len();
    if count <= MAX_LANES {
        return timeline;
    }
    let mut steps = vec![(0_usize, 0_usize); count];
    for row in &timeline.rows {
        if let Some(steps) = row.lane.and_then(|lane| steps.get_mut(lane)) {
            let found = usize::from(row.mark == Mark::Finding);
            *steps = (steps.0 + found, steps.1 + 1 - found);
        }
    }
    let mut ranked: Vec<usize> = (0..count).collect();
    ranked.sort_by_key(|lane| (Reverse(steps[*lane]), *lane));
    ranked.truncate(MAX_LANES);
    ranked.sort_unstable();
    let new_lane = |lane: usize| ranked.iter().position(|kept| *kept == lane);
    let mut new_of = Vec::with_capacity(timeline.rows.len());
    let mut rows: Vec<Row> = Vec::new();
    let mut left = 0;
    for row in &timeline.rows {
        let lane = row.lane.and_then(new_lane);
        // What was found at a process that is not drawn stands across all lanes.
        let stays = lane.is_some() || row.lane.is_none() || row.mark == Mark::Finding;
        new_of.push(rows.len());
        if stays {
            rows.push(Row { lane, ..row.clone() });
        } else {
            left += 1;
        }
    }
    let last = rows.len().saturating_sub(1);
    new_of.iter_mut().for_each(|new| *new = (*new).min(last));
    let mut timeline = moved(timeline, rows, &new_of);
    let lanes = ranked.iter().filter_map(|lane| timeline.lanes.get(*lane).cloned()).collect();
    timeline.lanes = lanes;
    for bar in &mut timeline.bars {
        let holds = bar.holds.iter().filter_map(|hold| Some(Hold { lane: new_lane(hold.lane)?, ..*hold }));
        bar.holds = holds.collect();
    }
    let more = count - ranked.len();
    let are = if more == 1 { "is" } else { "are" };
    let (more, left) = (counted_as(more as u64, "more process", "more processes"), counted(left, "step"));
    timeline.left_out.push(format!("{more}, with {left} in all, {are} not drawn."));
    timeline
}

/// The picture with the bars that there is room for: not those whose whole life is in one folded row, and of the others
/// those that are still there and those that most processes attached first.
pub fn few_bars(timeline: Timeline) -> Timeline {
    let folded = |row: usize| timeline.rows.get(row).is_some_and(|row| matches!(row.mark, Mark::Folded(_)));
    let seen = |bar: &Bar| !bar.made.is_some_and(|made| bar.gone == Some(made) && folded(made));
    let places = timeline.bars.iter().enumerate().filter(|(_, bar)| seen(bar));
    let mut ranked: Vec<(usize, &Bar)> = places.collect();
    ranked.sort_by_key(|(place, bar)| {
        let stays = bar.gone.is_none() && !bar.gone_unseen;
        (Reverse((stays, bar.holds.len())), *place)
    });
    let mut kept: Vec<usize> = ranked.iter().take(MAX_BARS).map(|(place, _)| *place).collect();
    kept.sort_unstable();
    let more = timeline.bars.len() - kept.len();
    let bars = kept.iter().filter_map(|place| timeline.bars.get(*place).cloned()).collect();
    let rows = timeline.rows.iter().map(|row| {
        let bar = row.bar.and_then(|(bar, touch)| Some((kept.iter().position(|one| *one == bar)?, touch)));
        Row { bar, ..row.clone() }
    });
    let rows = rows.collect();
    let mut timeline = Timeline { rows, bars, ..timeline };
    if more > 0 {
        let are = if more == 1 { "is" } else { "are" };
        timeline.left_out.push(format!("{} {are} not drawn.", counted(more, "more segment")));
    }
    timeline
}
