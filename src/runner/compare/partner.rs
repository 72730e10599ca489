//! One of the two processes, as it is itself: it waits for an order, makes round trips until it has made enough, and reports
//! what it took. The reader follows the writer; the last number of a writer says that it is the last. It prints nothing
//! and ends with the main process.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::exchange::{Exchange, Fault};
use super::kit::{Kit, Way};
use super::message::{LAST, place_for};
use crate::sys::channel::{Channel, Received};
use crate::sys::place::Place;
use crate::sys::processors::{self, Usage};
use crate::sys::{mark, schedule};

/// What the main process asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    pub way: Way,
    pub bytes: u64,
    pub until: Until,
}

/// How many round trips are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Until {
    /// As many as this, between two marks for the tracer.
    Counted(u64),
    /// As many as this.
    Trips(u64),
    /// As many as fit into the time.
    Time(Duration),
}

/// What a process says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// It is there; whether it stays on its processor.
    Ready { pinned: bool },
    /// The reader has its order and waits for the first message from now on.
    Waiting,
    /// It has made its round trips.
    Done(Took),
    /// It can't make them, and ends.
    Failed(Fault),
}

/// What some round trips took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Took {
    /// Round trips that were timed, and how long they took.
    pub trips: u64,
    pub time: Duration,
    /// All round trips, and how long they took.
    pub all: u64,
    pub whole: Duration,
    /// What this process used for all of them.
    pub used: Usage,
}

/// Which half it plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Writer,
    Reader,
}

/// How the two are seated.
#[derive(Debug, Clone, Copy)]
pub struct Seats {
    /// The processors that the writer and the reader stay on.
    pub processors: Option<(usize, usize)>,
    /// Whether one lets others run while it looks again and again.
    pub gives_way: bool,
    /// The most bytes of a message.
    pub bytes: u64,
}

/// How many trips are made before the time of the others is looked at, as a part of the time that there is.
const WARM_UP: u32 = 8;

struct Partner<'a> {
    role: Role,
    gives_way: bool,
    kit: &'a Kit,
    own: &'a Place,
    /// The number of the last message.
    number: u64,
}

/// Serves until the main process is gone; the exit status.
pub fn serve(channel: &Channel, role: Role, seats: Seats, kit: &Kit) -> i32 {
    let (writers, readers) = seats.processors.unzip();
    let pinned = stay(if role == Role::Writer { writers } else { readers });
    let own = match Place::own(place_for(seats.bytes)) {
        Ok(own) => own,
        Err(errno) => {
            say(channel, &Report::Failed(Fault::Call { call: "mmap".into(), errno }));
            return 1;
        }
    };
    // Every page is there before anything is timed.
    for place in [Some(&own), kit.segment.as_ref()].into_iter().flatten() {
        place.words().iter().for_each(|word| word.store(0, std::sync::atomic::Ordering::Relaxed));
    }
    let mut partner = Partner { role, gives_way: seats.gives_way, kit, own: &own, number: 0 };
    if !say(channel, &Report::Ready { pinned }) {
        return 1;
    }
    while let Ok(Received::Packet(packet, _)) = channel.receive_quietly() {
        let Ok(order) = postcard::from_bytes::<Order>(&packet) else { return 1 };
        if role == Role::Reader && !say(channel, &Report::Waiting) {
            return 1;
        }
        let report = match partner.play(order) {
            Ok(took) => Report::Done(took),
            Err(fault) => Report::Failed(fault),
        };
        if !say(channel, &report) || matches!(report, Report::Failed(_)) {
            return 1;
        }
    }
    0
}

/// Keeps this process on a processor; whether it is there now and nowhere else.
fn stay(processor: Option<usize>) -> bool {
    let Some(number) = processor else { return false };
    let set = schedule::processors().and_then(|all| schedule::one_processor(number, &all));
    set.iter().for_each(schedule::stay_on);
    processors::allowed() == [number]
}

fn say(channel: &Channel, report: &Report) -> bool {
    postcard::to_stdvec(report).is_ok_and(|packet| channel.send(&packet).is_ok())
}

impl Partner<'_> {
    fn play(&mut self, order: Order) -> Result<Took, Fault> {
        let exchange = Exchange::of(order.way, order.bytes, self.kit, self.own, self.gives_way)?;
        match (self.role, order.until) {
            (Role::Reader, Until::Counted(_)) => {
                // Between the marks no call is made but those of the trips.
                mark::marked(|| self.follow(&exchange, Usage::default))
            }
            (Role::Reader, _) => self.follow(&exchange, processors::usage),
            (Role::Writer, Until::Counted(trips)) => mark::marked(|| self.lead(&exchange, trips)),
            (Role::Writer, Until::Trips(trips)) => self.lead(&exchange, trips),
            (Role::Writer, Until::Time(time)) => self.timed(&exchange, time),
        }
    }

    /// The writer's side of this number of trips.
    fn lead(&mut self, exchange: &Exchange<'_>, trips: u64) -> Result<Took, Fault> {
        for left in (0..trips).rev() {
            self.number += 1;
            exchange.ask(self.number | if left == 0 { LAST } else { 0 })?;
        }
        Ok(Took { all: trips, ..Took::default() })
    }

    /// The same for as long as there is time: some trips to warm up, those that count, and one that says that it is the
    /// last.
    fn timed(&mut self, exchange: &Exchange<'_>, time: Duration) -> Result<Took, Fault> {
        let (before, begun) = (processors::usage(), Instant::now());
        let (warm, _) = self.fill(exchange, time / WARM_UP)?;
        let (trips, took) = self.fill(exchange, time)?;
        self.lead(exchange, 1)?;
        let whole = begun.elapsed();
        let used = processors::usage().since(before);
        Ok(Took { trips, time: took, all: warm + trips + 1, whole, used })
    }

    /// Makes trips until the time is up, one at least. The clock is asked ever more rarely, as the trips are short: asking
    /// takes as long as a cache line does.
    fn fill(&mut self, exchange: &Exchange<'_>, time: Duration) -> Result<(u64, Duration), Fault> {
        let begun = Instant::now();
        let (mut trips, mut batch) = (0, 1);
        loop {
            for _ in 0..batch {
                self.number += 1;
                exchange.ask(self.number)?;
            }
            trips += batch;
            let took = begun.elapsed();
            if took >= time {
                return Ok((trips, took));
            }
            let one = (took.as_nanos() as u64 / trips).max(1);
            let left = (time - took).as_nanos() as u64 / one;
            batch = left.clamp(1, trips);
        }
    }

    /// The reader's side, until the last number.
    fn follow(&mut self, exchange: &Exchange<'_>, usage: fn() -> Usage) -> Result<Took, Fault> {
        let mut all = 0;
        let mut begun = None;
        loop {
            let number = exchange.receive(self.number + 1)?;
            // Its wait for the first message is not the comparison's.
            let before = *begun.get_or_insert_with(usage);
            self.number += 1;
            all += 1;
            exchange.answer(number)?;
            if number & LAST != 0 {
                return Ok(Took { all, used: usage().since(before), ..Took::default() });
            }
        }
    }
}
