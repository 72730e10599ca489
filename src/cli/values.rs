//! The values that options take, and what is said of one that an option can't take.

use std::error::Error;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::runner::key_file::Project;

/// Sizes of messages, each once and the smallest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes(pub Vec<u64>);

/// Why an option refused a value: what the value is not, what the option takes instead, and the command that shows it,
/// if it is not the option's own with --help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub what: &'static str,
    pub takes: &'static str,
    pub see: &'static str,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not {}: it takes {}", self.what, self.takes)
    }
}

impl Error for Wanted {}

/// What an option takes that its own --help explains.
const fn wanted(what: &'static str, takes: &'static str) -> Wanted {
    Wanted { what, takes, see: "" }
}

pub(super) const STEP: Wanted =
    Wanted { see: "lab list", ..wanted("a step", "a number from 1 to that of the lesson's last step") };
pub(super) const COUNT: Wanted = wanted("a number of questions", "a number from 1 to 65535");
pub(super) const SEED: Wanted = wanted("a seed", "a number from 0 to 18446744073709551615");
pub(super) const ORDERS: Wanted = wanted("a number of orders", "a number from 1 to 1000000");
pub(super) const PERCENT: Wanted = wanted("a percentage", "a number from 0 to 100");
const DELAY: Wanted = wanted("a delay", "seconds from 0 to 3600, such as 2 or 0.5");
const TIME_LIMIT: Wanted = wanted("a time limit", "seconds, more than 0 and at most 3600, such as 10 or 0.5");
const SIZES: Wanted = wanted(
    "a list of message sizes",
    "1 to 6 multiples of 64 from 64 to 1048576, with commas between them, such as 64,4096",
);

const CHARACTER_OR_BYTE: &str = "one character such as L, or a number from 1 to 255";
const PROJECT: Wanted = wanted("a project", CHARACTER_OR_BYTE);
const PROJECT_0: Wanted = wanted("a project that ftok() defines a key for", CHARACTER_OR_BYTE);
const LARGE_PROJECT: Wanted = wanted("a project, since ftok() uses only its low byte", CHARACTER_OR_BYTE);

/// The second argument of ftok().
pub(super) fn project(text: &str) -> Result<Project, Wanted> {
    Project::parse(text).ok_or_else(|| match text.parse::<u64>() {
        Ok(0) => PROJECT_0,
        Ok(_) => LARGE_PROJECT,
        Err(_) => PROJECT,
    })
}

/// A parser of whole numbers in this range.
pub(super) fn whole<T: TryFrom<u64>>(
    range: RangeInclusive<u64>,
    wanted: Wanted,
) -> impl Fn(&str) -> Result<T, Wanted> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.and_then(|number| T::try_from(number).ok()).ok_or(wanted)
    }
}

/// Sizes of messages: whole cache lines, and no more than fit beside each other.
pub(super) fn sizes(text: &str) -> Result<Sizes, Wanted> {
    let size = |word: &str| {
        let bytes = word.trim().parse().ok().filter(|bytes| (64..=1 << 20).contains(bytes));
        bytes.filter(|bytes: &u64| bytes.is_multiple_of(64)).ok_or(SIZES)
    };
    let mut sizes = text.split(',').map(size).collect::<Result<Vec<_>, _>>()?;
    sizes.sort_unstable();
    sizes.dedup();
    if sizes.len() > 6 { Err(SIZES) } else { Ok(Sizes(sizes)) }
}

/// A number of seconds, 0 included.
pub(super) fn delay(text: &str) -> Result<Duration, Wanted> {
    let number = text.parse().ok().filter(|number| (0.0..=3600.0).contains(number));
    number.map(Duration::from_secs_f64).ok_or(DELAY)
}

/// A number of seconds, but not 0: a program that may not run at all leaves no trace.
pub(super) fn time_limit(text: &str) -> Result<Duration, Wanted> {
    delay(text).ok().filter(|time| !time.is_zero()).ok_or(TIME_LIMIT)
}
