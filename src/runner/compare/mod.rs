//! The same message by five ways, on this machine and in one run: two real processes make round trips, and what these take
//! is measured in rounds that go through all ways in turn. What the kernel sees of it (the calls, and what a process does
//! while it waits) is asked in a short run before, so that nothing disturbs the one that is timed. It words nothing.

mod exchange;
mod kit;
mod measured;
mod message;
mod pair;
mod partner;

use std::time::Duration;

use kit::Kits;
pub use kit::{Missing, WAYS, Way};
pub use measured::{Measured, Spread};
pub use pair::Wait;
use pair::{Pair, Trouble};
use partner::{Order, Seats, Until};

use crate::error::Error;
use crate::sys::namespace::{self, Probe};
use crate::sys::processors::{self, Ticks};
use crate::sys::step_tracer::CountedCalls;
use crate::sys::{errno_of, msg, settings, signals};

/// How many times all ways are gone through. An odd number has a median.
pub const ROUNDS: u32 = 9;
/// How many round trips are traced.
pub const COUNTED: u64 = 4;
/// The size of the message that fits into one cache line.
pub const ONE_LINE: u64 = 64;

#[derive(Debug, Clone)]
pub struct Plan {
    /// Of the messages, in bytes, each once and in order.
    pub sizes: Vec<u64>,
    /// How long all that is timed may take.
    pub time: Duration,
}

/// What came of it.
#[derive(Debug)]
pub struct Comparison {
    pub machine: Machine,
    pub sizes: Vec<u64>,
    /// Every way that works here.
    pub ways: Vec<Measurements>,
    /// And those that do not.
    pub missing: Vec<(Way, Missing)>,
    /// How long a cache line takes to the other processor and back.
    pub line: Option<Spread>,
    /// How many times as long a message of one cache line takes, in the segment and spinning.
    pub against_line: Option<f64>,
    /// The most bytes of one message in the queue.
    pub piece: u64,
    /// Why the calls were not counted, if they were not.
    pub uncounted: Option<&'static str>,
}

/// What is known of the machine.
#[derive(Debug, Default)]
pub struct Machine {
    pub model: Option<String>,
    /// The processors that lab may use.
    pub allowed: Vec<usize>,
    /// The processors of the two; none if there is only one.
    pub pair: Option<(usize, usize)>,
    /// Whether they are two cores, or two threads of one; none where the machine does not say.
    pub two_cores: Option<bool>,
    pub pinned: bool,
    pub quota: Option<f64>,
    /// Before lab began.
    pub load: Option<f64>,
    /// The part of the time that the machine below took away meanwhile.
    pub stolen: Option<f64>,
    /// Whether it was in a sandbox: what needs none goes without.
    pub sandbox: bool,
    /// Why there was none, if there should have been one.
    pub no_sandbox: Option<(String, i32)>,
}

/// One way, for all sizes.
#[derive(Debug)]
pub struct Measurements {
    pub way: Way,
    pub wait: Wait,
    /// For each size.
    pub calls: Vec<Option<CountedCalls>>,
    pub measured: Vec<Measured>,
}

/// Measures. `tell` hears before each round which one it is. It fails where a signal ends the run, no process can be
/// forked, or `tell` fails.
pub fn play(plan: &Plan, tell: &mut dyn FnMut(u32) -> Result<(), Error>) -> Result<Comparison, Error> {
    Error::if_signalled(signals::check())?;
    let mut machine = Machine::of();
    let mut missing = sandbox(&mut machine)?;
    let seats = Seats {
        processors: machine.pair,
        gives_way: machine.pair.is_none(),
        bytes: plan.sizes.iter().copied().max().unwrap_or(ONE_LINE),
    };
    let line = machine.pair.map(|_| Way::Line);
    let known = |missing: &[(Way, Missing)]| -> Vec<Way> {
        let there = |way: &Way| missing.iter().all(|(other, _)| other != way);
        WAYS.into_iter().chain(line).filter(there).collect()
    };
    let watched = loop {
        let ways = known(&missing);
        let (mut pair, found) = started(&ways, seats, &machine)?;
        missing.extend(found);
        let ways = known(&missing);
        match watch(&mut pair, &ways, plan) {
            Ok(watched) => break watched,
            // One that does not work ends the pair: the others get another one.
            Err((way, Trouble::Way(why))) => missing.push((way, why)),
            Err((_, Trouble::Other(error))) => return Err(error),
        }
    };
    let (mut pair, _) = started(&known(&missing), seats, &machine)?;
    machine.pinned = pair.pinned;
    let before = processors::ticks();
    let mut timed = measured::timed(&mut pair, &known(&missing), plan, tell)?;
    machine.stolen = before.zip(processors::ticks()).and_then(|(before, now)| stolen(before, now));
    missing.retain(|(way, _)| *way != Way::Line);
    missing.sort_by_key(|(way, _)| *way);
    let line = timed.take_line();
    let against_line = timed.against(&line, &plan.sizes);
    let ways = watched.ways.into_iter().map(|(way, wait, calls)| {
        let measured = plan.sizes.iter().map(|bytes| timed.of(way, *bytes)).collect();
        Measurements { way, wait, calls, measured }
    });
    Ok(Comparison {
        machine,
        sizes: plan.sizes.clone(),
        ways: ways.collect(),
        missing,
        line: (!line.is_empty()).then(|| Spread::of(&line)),
        against_line,
        piece: msg::largest_piece(),
        uncounted: watched.uncounted,
    })
}

/// Enters a sandbox, if the machine has one; what there is not, because System V is refused or because it has none.
fn sandbox(machine: &mut Machine) -> Result<Vec<(Way, Missing)>, Error> {
    let none = |why: Missing| {
        let all = WAYS.into_iter().chain([Way::Line]);
        let system_v = all.filter(|way| *way == Way::Queue || way.in_segment());
        Ok(system_v.map(|way| (way, why.clone())).collect())
    };
    match namespace::probe().map_err(Error::context("fork"))? {
        Probe::Works(way) => {
            let entered = namespace::enter(way);
            machine.sandbox = entered.is_ok();
            machine.no_sandbox = entered.err().map(|(call, error)| (call.into(), errno_of(&error)));
        }
        Probe::NoNamespace(call, errno) => machine.no_sandbox = Some((call, errno)),
        Probe::Killed(signal) => return none(Missing::Killed(signal)),
        Probe::NoSharedMemory(call, errno) => return none(Missing::Refused { call, errno }),
    }
    Ok(Vec::new())
}

/// Two processes with what these ways need, and what there is not.
fn started(ways: &[Way], seats: Seats, machine: &Machine) -> Result<(Pair, Vec<(Way, Missing)>), Error> {
    let mut kits = Kits::make(ways, seats.bytes, machine.sandbox);
    let missing = std::mem::take(&mut kits.missing);
    Ok((Pair::start(kits, seats)?, missing))
}

/// What the kernel was seen to do for each way.
struct Watched {
    ways: Vec<(Way, Wait, Vec<Option<CountedCalls>>)>,
    uncounted: Option<&'static str>,
}

fn watch(pair: &mut Pair, ways: &[Way], plan: &Plan) -> Result<Watched, (Way, Trouble)> {
    let smallest = plan.sizes.first().copied().unwrap_or(ONE_LINE);
    let mut waits = Vec::new();
    for way in ways {
        waits.push(pair.watch_waiting(*way, smallest).map_err(|trouble| (*way, trouble))?);
    }
    let uncounted = pair.trace().err().map(|_| settings::why_no_ptrace());
    let mut seen = Vec::new();
    for (way, wait) in ways.iter().zip(waits) {
        let mut calls = Vec::new();
        for bytes in &plan.sizes {
            let counted = match uncounted {
                // Each way is tried with each size before anything is timed.
                Some(_) => {
                    pair.play(Order { way: *way, bytes: *bytes, until: Until::Trips(1) }).map(|_| None)
                }
                None => pair.count(*way, *bytes, COUNTED),
            };
            calls.push(counted.map_err(|trouble| (*way, trouble))?.filter(|calls| !calls.more));
        }
        seen.push((*way, wait, calls));
    }
    seen.retain(|(way, ..)| *way != Way::Line);
    Ok(Watched { ways: seen, uncounted })
}

impl Machine {
    fn of() -> Machine {
        let allowed = processors::allowed();
        let pair = two_of(&allowed);
        let cores = |(one, other)| Some(processors::core_of(one)? != processors::core_of(other)?);
        Machine {
            model: processors::model(),
            pair,
            two_cores: pair.and_then(cores),
            allowed,
            quota: processors::quota(),
            load: processors::load(),
            ..Machine::default()
        }
    }
}

/// Two processors, of different cores of one package if there are such.
fn two_of(allowed: &[usize]) -> Option<(usize, usize)> {
    let first = *allowed.first()?;
    let core = processors::core_of(first);
    let apart = |other: &&usize| match (core, processors::core_of(**other)) {
        (Some((package, core)), Some((other_package, other_core))) => {
            package == other_package && core != other_core
        }
        _ => false,
    };
    let rest = &allowed[1..];
    rest.iter().find(apart).or(rest.first()).map(|second| (first, *second))
}

fn stolen(before: Ticks, now: Ticks) -> Option<f64> {
    let all = now.all.checked_sub(before.all).filter(|all| *all > 0)?;
    Some(now.stolen.saturating_sub(before.stolen) as f64 / all as f64)
}
