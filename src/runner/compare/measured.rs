//! Rounds that go through all ways in turn, and what they come to: a median, and how far the rounds are from it. Each round
//! begins with another way, so that what the machine does beside us meets all of them.

use std::time::Duration;

use super::pair::{Pair, Trouble};
use super::partner::{Order, Took, Until};
use super::{ONE_LINE, Plan, ROUNDS, Way};
use serde::Serialize;

use crate::error::Error;

/// Numbers of several rounds, in short.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    pub median: f64,
    /// Half of the rounds differ from the median by this or less.
    pub deviation: f64,
    pub least: f64,
    pub most: f64,
}

impl Spread {
    /// Of at least one number.
    pub fn of(numbers: &[f64]) -> Spread {
        let sorted = |mut numbers: Vec<f64>| {
            numbers.sort_by(f64::total_cmp);
            numbers
        };
        let middle = |numbers: &[f64]| numbers.get(numbers.len() / 2).copied().unwrap_or_default();
        let numbers = sorted(numbers.to_vec());
        let median = middle(&numbers);
        let far = sorted(numbers.iter().map(|number| (number - median).abs()).collect());
        Spread {
            median,
            deviation: middle(&far),
            least: numbers.first().copied().unwrap_or_default(),
            most: numbers.last().copied().unwrap_or_default(),
        }
    }

    /// The deviation as a part of the median.
    pub fn part(self) -> f64 {
        if self.median > 0.0 { self.deviation / self.median } else { 0.0 }
    }
}

/// What the round trips of one way and one size took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Of a round trip, in seconds.
    pub trip: Spread,
    /// How many were timed.
    pub trips: u64,
    /// How often a process went to sleep for a round trip, both together.
    pub sleeps: f64,
    /// How often it had to give its processor away.
    pub displaced: f64,
    /// How many processors both used together.
    pub processors: f64,
}

/// Every slot that was played.
#[derive(Debug, Default)]
pub struct Timed(Vec<(Way, u64, Took, Took)>);

/// Times all of it.
pub fn timed(
    pair: &mut Pair,
    ways: &[Way],
    plan: &Plan,
    tell: &mut dyn FnMut(u32) -> Result<(), Error>,
) -> Result<Timed, Error> {
    let slots = slots(ways, &plan.sizes);
    let mut timed = Timed::default();
    if slots.is_empty() {
        return Ok(timed);
    }
    let time = plan.time / ROUNDS / u32::try_from(slots.len()).unwrap_or(u32::MAX);
    for round in 0..ROUNDS {
        tell(round)?;
        let first = round as usize * slots.len() / ROUNDS as usize;
        for (way, bytes) in slots.iter().cycle().skip(first).take(slots.len()) {
            let order = Order { way: *way, bytes: *bytes, until: Until::Time(time) };
            let (writer, reader) = pair.play(order).map_err(|trouble| match trouble {
                Trouble::Other(error) => error,
                Trouble::Way(_) => Error::Machine(
                    "a way that worked before does not work any more: a limit was reached".into(),
                ),
            })?;
            timed.0.push((*way, *bytes, writer, reader));
        }
    }
    Ok(timed)
}

/// What is played in a round: every way with every size, and the bare cache line beside what it is compared with.
fn slots(ways: &[Way], sizes: &[u64]) -> Vec<(Way, u64)> {
    let mut slots = Vec::new();
    for (place, bytes) in sizes.iter().enumerate() {
        let here = ways.iter().filter(|way| place == 0 || **way != Way::Line);
        slots.extend(here.map(|way| (*way, *bytes)));
    }
    slots
}

fn each_trip(took: &Took) -> f64 {
    took.time.as_secs_f64() / took.trips.max(1) as f64
}

impl Timed {
    /// What a way took with messages of this size.
    pub fn of(&self, way: Way, bytes: u64) -> Measured {
        let of_it = || self.0.iter().filter(|(other, size, ..)| (*other, *size) == (way, bytes));
        let each: Vec<f64> = of_it().map(|(_, _, writer, _)| each_trip(writer)).collect();
        let all: u64 = of_it().map(|(_, _, writer, _)| writer.all).sum();
        let whole: Duration = of_it().map(|(_, _, writer, _)| writer.whole).sum();
        let computed: Duration =
            of_it().map(|(_, _, writer, reader)| writer.used.computed + reader.used.computed).sum();
        let for_a_trip = |count: fn(&Took) -> u64| {
            let sum: u64 = of_it().map(|(_, _, writer, reader)| count(writer) + count(reader)).sum();
            sum as f64 / all.max(1) as f64
        };
        Measured {
            trip: Spread::of(&each),
            trips: of_it().map(|(_, _, writer, _)| writer.trips).sum(),
            sleeps: for_a_trip(|took| took.used.sleeps),
            displaced: for_a_trip(|took| took.used.displaced),
            processors: computed.as_secs_f64() / whole.as_secs_f64().max(f64::MIN_POSITIVE),
        }
    }

    /// How long a bare cache line took in each round; empty where there was none.
    pub fn take_line(&mut self) -> Vec<f64> {
        let line = self.0.iter().filter(|(way, ..)| *way == Way::Line);
        let line = line.map(|(_, _, writer, _)| each_trip(writer)).collect();
        self.0.retain(|(way, ..)| *way != Way::Line);
        line
    }

    /// How many times as long as a bare cache line a message of one line takes by spinning: the median over the rounds,
    /// each compared with its own.
    pub fn against(&self, line: &[f64], sizes: &[u64]) -> Option<f64> {
        sizes.contains(&ONE_LINE).then_some(())?;
        let spinning = self.0.iter().filter(|(way, bytes, ..)| (*way, *bytes) == (Way::Spinning, ONE_LINE));
        let ratios: Vec<f64> =
            spinning.zip(line).map(|((_, _, writer, _), line)| each_trip(writer) / line).collect();
        (!ratios.is_empty()).then(|| Spread::of(&ratios).median)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_rounds_are_as_near_as_the_deviation_says() {
        let spread = Spread::of(&[10.0, 12.0, 9.0, 11.0, 40.0]);
        assert_eq!(spread, Spread { median: 11.0, deviation: 1.0, least: 9.0, most: 40.0 });
        assert_eq!(Spread::of(&[3.0]), Spread { median: 3.0, deviation: 0.0, least: 3.0, most: 3.0 });
        assert_eq!(Spread::of(&[0.0]).part(), 0.0);
    }

    #[test]
    fn the_bare_line_is_played_once_a_round_beside_the_smallest_message() {
        let slots = slots(&[Way::Pipe, Way::Spinning, Way::Line], &[64, 4096]);
        let first = [(Way::Pipe, 64), (Way::Spinning, 64), (Way::Line, 64)];
        assert_eq!(slots, [&first[..], &[(Way::Pipe, 4096), (Way::Spinning, 4096)]].concat());
    }
}
