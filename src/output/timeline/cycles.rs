//! Steps that repeat: a program's loop makes the same calls again and again, and a person reads them once.

use super::{Mark, Row};

/// The longest round that is looked for, in rows.
const MAX_PERIOD: usize = 12;
/// Rows are folded where at least this many are saved by it.
const MIN_SAVED: usize = 6;

/// A part of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// This row stays.
    Stays(usize),
    /// One row stands for those from `from` up to `to`, and says so in these words.
    Folded { from: usize, to: usize, words: String },
}

impl Piece {
    /// Its rows: the first, and the one behind the last.
    pub fn range(&self) -> (usize, usize) {
        match self {
            Piece::Stays(row) => (*row, row + 1),
            Piece::Folded { from, to, .. } => (*from, *to),
        }
    }
}

/// What two rows have in common that are the same step of another round: numbers do not count. None: never the same.
fn shape(row: &Row) -> Option<(Option<usize>, Mark, String)> {
    let numbered = |c: &char| !c.is_ascii_digit();
    (row.mark != Mark::Finding).then(|| (row.lane, row.mark, row.what.chars().filter(numbered).collect()))
}

/// The rows with the rounds of loops folded: the first round stays.
pub fn pieces(rows: &[Row]) -> Vec<Piece> {
    let mut known: Vec<(Option<usize>, Mark, String)> = Vec::new();
    let shapes: Vec<Option<usize>> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            // The call that a finding stands below is not folded either.
            let found = rows.get(place + 1).is_some_and(|next| next.mark == Mark::Finding);
            let shape = shape(row).filter(|_| !found)?;
            Some(known.iter().position(|one| *one == shape).unwrap_or_else(|| {
                known.push(shape);
                known.len() - 1
            }))
        })
        .collect();
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < rows.len() {
        let Some((period, more)) = round(&shapes[at..]) else {
            pieces.push(Piece::Stays(at));
            at += 1;
            continue;
        };
        pieces.extend((at..at + period).map(Piece::Stays));
        let (from, to) = (at + period, at + period * (more + 1));
        let what = if period == 1 { "step".to_owned() } else { format!("{period} steps") };
        let times = if more == 1 { "once more".to_owned() } else { format!("{more} more times") };
        pieces.push(Piece::Folded { from, to, words: format!("the same {what} {times}") });
        at = to;
    }
    pieces
}

/// How many rows the round has that begins here, and how often it comes again at once; none: it saves nothing.
fn round(shapes: &[Option<usize>]) -> Option<(usize, usize)> {
    let periods = 1..=MAX_PERIOD.min(shapes.len() / 2);
    let rounds = periods.filter_map(|period| {
        let (first, rest) = shapes.split_at(period);
        if first.contains(&None) {
            return None;
        }
        let more = rest.chunks_exact(period).take_while(|next| *next == first).count();
        (more * period > MIN_SAVED).then_some((period, more))
    });
    rounds.max_by_key(|(period, more)| (period * more, std::cmp::Reverse(*period)))
}
