//! Bounds: a picture that a person can read and that fits on paper, whatever the program did. What is left out is said.

use super::bounds::{few_bars, few_lanes};
use super::cycles::{Piece, pieces};
use super::rows::moved;
use super::{Mark, Row, Timeline, Touch};

/// More rows than these are not drawn, the rows that stand for others not counted.
const MAX_ROWS: usize = 240;
/// Of too many rows, the first and the last ones stay.
const FIRST: usize = 80;
const LAST: usize = 60;

/// The picture with no more lanes, rows and bars than a person reads.
pub fn fold(timeline: Timeline) -> Timeline {
    let timeline = few_lanes(timeline);
    let pieces = thinned(pieces(&timeline.rows), &timeline.rows);
    few_bars(compact(timeline, &pieces))
}

/// What has to stay of the rows in the middle: findings and the calls that they are at first, then whatever changes
/// what there is.
fn weight(rows: &[Row], row: usize) -> u8 {
    let found = |row: usize| rows.get(row).is_some_and(|row| row.mark == Mark::Finding);
    let Some(this) = rows.get(row) else { return 0 };
    let changes = matches!(this.bar, Some((_, Touch::Made | Touch::Marked | Touch::Destroyed)));
    match this.mark {
        Mark::Finding | Mark::Crash => 2,
        _ if found(row + 1) => 2,
        Mark::End | Mark::Process => 1,
        _ if changes => 1,
        _ => 0,
    }
}

/// The pieces that are drawn where there are too many, and between them one that stands for the others.
fn thinned(pieces: Vec<Piece>, rows: &[Row]) -> Vec<Piece> {
    if pieces.len() <= MAX_ROWS {
        return pieces;
    }
    let last = pieces.len() - LAST;
    let mut stays: Vec<bool> = (0..pieces.len()).map(|place| place < FIRST || place >= last).collect();
    let mut room = MAX_ROWS - FIRST - LAST;
    for wanted in [2, 1, 0] {
        for (place, piece) in pieces.iter().enumerate() {
            let fits = matches!(piece, Piece::Stays(row) if weight(rows, *row) == wanted);
            if fits && !stays[place] && room > 0 {
                stays[place] = true;
                room -= 1;
            }
        }
    }
    let mut thin: Vec<Piece> = Vec::new();
    let mut open = false;
    for (piece, stays) in pieces.into_iter().zip(stays) {
        let (from, to) = piece.range();
        match thin.last_mut() {
            _ if stays => thin.push(piece),
            Some(Piece::Folded { to: end, .. }) if open => *end = to,
            _ => thin.push(Piece::Folded { from, to, words: String::new() }),
        }
        open = !stays;
    }
    thin
}

/// The picture with one row for each piece.
fn compact(timeline: Timeline, pieces: &[Piece]) -> Timeline {
    let mut new_of = vec![0; timeline.rows.len()];
    for (place, piece) in pieces.iter().enumerate() {
        let (from, to) = piece.range();
        new_of[from..to].fill(place);
    }
    let rows = pieces.iter().map(|piece| match piece {
        Piece::Stays(row) => timeline.rows[*row].clone(),
        Piece::Folded { from, to, words } => folded(&timeline.rows[*from..*to], words),
    });
    let rows = rows.collect();
    moved(timeline, rows, &new_of)
}

/// The row that stands for these.
fn folded(rows: &[Row], words: &str) -> Row {
    let steps = rows.iter().filter(|row| row.number.is_some()).count();
    let words = match (words, steps) {
        ("", 1) => "1 step is not drawn".to_owned(),
        ("", steps) => format!("{steps} steps are not drawn"),
        (words, _) => words.to_owned(),
    };
    let lane =
        rows.first().and_then(|row| row.lane).filter(|lane| rows.iter().all(|row| row.lane == Some(*lane)));
    Row { lane, ..Row::of(0, Mark::Folded(steps), words) }
}
