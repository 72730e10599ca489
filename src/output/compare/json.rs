//! The same as JSON: an object for the machine, one for each way and size, one for each way that is missing, and a last one.

use serde::Serialize;

use super::numbers::for_tools;
use crate::constants;
use crate::output::screen::JSON_VERSION;
use crate::runner::compare::{
    COUNTED, Comparison, Measured, Measurements, Missing, ROUNDS, Spread, Wait, Way,
};

/// One line.
#[derive(Debug, Serialize)]
#[serde(tag = "compare", rename_all = "kebab-case")]
pub enum JsonComparison<'a> {
    Machine {
        version: u32,
        model: Option<&'a str>,
        /// The processors that lab may use, the two that it used, and whether these are two cores.
        processors: &'a [usize],
        pair: Option<(usize, usize)>,
        two_cores: Option<bool>,
        pinned: bool,
        /// The control group's limit, in processors.
        quota: Option<f64>,
        load: Option<f64>,
        /// The part of the time that a virtual machine's host took away.
        stolen: Option<f64>,
        sandbox: bool,
    },
    Way {
        version: u32,
        way: Way,
        bytes: u64,
        round_trip_ns: Spread,
        round_trips_per_second: f64,
        bytes_per_second: f64,
        rounds: u32,
        /// How many were timed.
        trips: u64,
        /// What the tracer saw of `trips` others; null if it saw nothing.
        calls: Option<JsonCalls>,
        /// `asleep`, `spins` or null, and the call.
        waits: Option<&'static str>,
        waits_in: Option<String>,
        sleeps_per_trip: f64,
        displaced_per_trip: f64,
        processors_busy: f64,
    },
    Missing {
        version: u32,
        way: Way,
        /// The call that was refused, its errno or the signal; all null where it was left out for want of a sandbox.
        call: Option<&'a str>,
        errno: Option<String>,
        signal: Option<String>,
    },
    Report {
        version: u32,
        cache_line_ns: Option<Spread>,
        spinning_against_cache_line: Option<f64>,
        queue_piece: u64,
        uncounted: Option<&'a str>,
    },
}

#[derive(Debug, Serialize)]
pub struct JsonCalls {
    trips: u64,
    made: Vec<JsonCall>,
    copied: u64,
}

#[derive(Debug, Serialize)]
pub struct JsonCall {
    name: String,
    times: usize,
}

pub fn json(found: &Comparison) -> Vec<JsonComparison<'_>> {
    let machine = &found.machine;
    let mut lines = vec![JsonComparison::Machine {
        version: JSON_VERSION,
        model: machine.model.as_deref(),
        processors: &machine.allowed,
        pair: machine.pair,
        two_cores: machine.two_cores,
        pinned: machine.pinned,
        quota: machine.quota,
        load: machine.load,
        stolen: machine.stolen.map(for_tools),
        sandbox: machine.sandbox,
    }];
    for way in &found.ways {
        let sizes = found.sizes.iter().zip(&way.measured).enumerate();
        lines.extend(sizes.map(|(place, (bytes, measured))| told_way(way, place, *bytes, measured)));
    }
    lines.extend(found.missing.iter().map(|(way, why)| told_missing(*way, why)));
    lines.push(JsonComparison::Report {
        version: JSON_VERSION,
        cache_line_ns: found.line.map(nanoseconds),
        spinning_against_cache_line: found.against_line.map(for_tools),
        queue_piece: found.piece,
        uncounted: found.uncounted,
    });
    lines
}

fn nanoseconds(spread: Spread) -> Spread {
    let number = |seconds: f64| for_tools(seconds * 1e9);
    Spread {
        median: number(spread.median),
        deviation: number(spread.deviation),
        least: number(spread.least),
        most: number(spread.most),
    }
}

fn told_way(way: &Measurements, place: usize, bytes: u64, measured: &Measured) -> JsonComparison<'static> {
    let (waits, waits_in) = match way.wait {
        Wait::Asleep(call) => (Some("asleep"), Some(constants::system_call(call))),
        Wait::Spins => (Some("spins"), None),
        Wait::Unseen => (None, None),
    };
    JsonComparison::Way {
        version: JSON_VERSION,
        way: way.way,
        bytes,
        round_trip_ns: nanoseconds(measured.trip),
        round_trips_per_second: for_tools(1.0 / measured.trip.median),
        bytes_per_second: for_tools(bytes as f64 / measured.trip.median),
        rounds: ROUNDS,
        trips: measured.trips,
        calls: way.calls[place].as_ref().map(|calls| JsonCalls {
            trips: COUNTED,
            made: calls
                .made
                .iter()
                .map(|(number, times)| JsonCall { name: constants::system_call(*number), times: *times })
                .collect(),
            copied: calls.copied,
        }),
        waits,
        waits_in,
        sleeps_per_trip: for_tools(measured.sleeps),
        displaced_per_trip: for_tools(measured.displaced),
        processors_busy: for_tools(measured.processors),
    }
}

fn told_missing(way: Way, why: &Missing) -> JsonComparison<'_> {
    let (call, errno, signal) = match why {
        Missing::Refused { call, errno } => (Some(call.as_str()), Some(constants::errno(*errno)), None),
        Missing::Killed(signal) => (Some("shmget"), None, Some(constants::signal(*signal))),
        Missing::NoSandbox => (None, None, None),
    };
    JsonComparison::Missing { version: JSON_VERSION, way, call, errno, signal }
}
