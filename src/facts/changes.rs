//! A segment's row as named fields, and which of them a step has changed.

use super::event::{Event, Segment};
use super::outcome::Value;
use crate::constants;

/// What changed in the segment's row, before and after; none if nothing did.
pub fn changed(event: &Event) -> Option<(String, String)> {
    let shmid = event.segment?;
    match (event.before.segment(shmid), event.after.segment(shmid)) {
        (None, None) => None,
        (None, Some(_)) => Some((format!("no segment {shmid}"), format!("segment {shmid} exists"))),
        (Some(_), None) => Some((format!("segment {shmid} exists"), format!("no segment {shmid}"))),
        (Some(before), Some(after)) => {
            let changed: Vec<_> = fields(before)
                .into_iter()
                .zip(fields(after))
                .filter(|((_, was), (_, is))| was != is)
                .collect();
            let spelled = |(name, value): &(&str, String)| format!("{name} {value}");
            let was: Vec<_> = changed.iter().map(|(was, _)| spelled(was)).collect();
            let is: Vec<_> = changed.iter().map(|(_, is)| spelled(is)).collect();
            (!changed.is_empty()).then(|| (was.join("  "), is.join("  ")))
        }
    }
}

/// A row's facts in the order of the table.
pub fn fields(row: &Segment) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("key", Value::Key(row.key).to_string()),
        ("shmid", row.shmid.to_string()),
        ("mode", mode(row.mode)),
        ("size", row.size.to_string()),
        ("nattch", row.nattch.to_string()),
        ("cpid", row.cpid.to_string()),
        ("lpid", row.lpid.to_string()),
    ];
    facts.extend(row.rss.map(|rss| ("rss", rss.to_string())));
    facts
}

/// `0600`, or `01600 dest`.
fn mode(mode: u32) -> String {
    let bits = constants::MODE_BITS.iter().filter(|row| i64::from(mode) & row.value != 0);
    let words: String = bits.map(|row| format!(" {}", row.name)).collect();
    format!("0{mode:03o}{words}")
}
