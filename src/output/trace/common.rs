//! Words that several parts of a trace's end have in common. Pure functions.

use crate::constants;
use crate::sys::watchdog::Why;

/// `1 call`, `2 calls`.
pub fn number(count: u64, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {more}"),
    }
}

/// What lab did not do because it did not run.
pub fn kept_from(why: Why) -> String {
    let what = match why {
        Why::Deadline => "see the time limit pass".to_owned(),
        Why::Signal(signal) => format!("hand {} on", constants::signal(signal)),
    };
    format!(
        "lab itself was kept from running, perhaps by the program, and did not {what}: its watchdog ended the program"
    )
}
