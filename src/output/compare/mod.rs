//! What the five ways came to, in words: a table with bars for each size, the calls and how the reader waits, and what
//! follows from both. Every sentence that says why is there only if this run has shown it. Pure functions over the result.

mod json;
mod numbers;

use std::iter::once;

use super::layout::INDENT;
use super::line::{Line, Piece, Style, counted, ink, labelled, plain};
use super::screen::{Display, MAX_WIDTH};
use crate::constants;
use crate::runner::compare::{
    COUNTED, Comparison, Machine, Measured, Measurements, Missing, ROUNDS, Spread, Wait, Way,
};

pub use json::json;

/// The columns of a cell: round trips, bytes, a bar.
const TRIPS: usize = 5;
const BYTES: usize = 8;
const BAR: usize = 7;
const CELL: usize = TRIPS + 1 + BYTES + 1 + BAR + 1;
/// A way's landmark.
fn label(way: Way) -> &'static str {
    match way {
        Way::Pipe => "PIPE",
        Way::SocketPair => "SOCKETS",
        Way::Queue => "QUEUE",
        Way::Semaphore => "SEMAPHORE",
        Way::Spinning => "SPINNING",
        Way::Line => "LINE",
    }
}

/// What is said before anything is measured.
pub fn opening() -> Vec<Line> {
    vec![labelled("COMPARE", "A trip: the reader gets a message, checks each byte of it and answers.")]
}

/// All of it, for a window of this width.
pub fn report(found: &Comparison, look: Display, width: usize) -> Vec<Line> {
    let mut lines = machine(&found.machine);
    if look.plain {
        lines.extend(found.ways.iter().flat_map(|way| in_words(found, way)));
    } else {
        lines.extend(tables(found, look, width.min(MAX_WIDTH)));
        lines.extend(calls(found));
    }
    lines.extend(found.missing.iter().map(|(way, why)| labelled(label(*way), missing(why))));
    lines.extend(line(found));
    lines.extend(spread(found));
    lines.extend(meanings(found).into_iter().map(|text| labelled("MEANS", text)));
    lines.extend(notes(found).into_iter().map(|text| labelled("NOTE", text)));
    lines
}

fn machine(machine: &Machine) -> Vec<Line> {
    let model = machine.model.as_deref().unwrap_or("a processor without a name");
    let may = match machine.allowed.len() {
        0 => "lab can't see how many processors it may use".into(),
        1 => "lab may use one processor, and both processes share it".into(),
        many => format!("lab may use {many} processors"),
    };
    let cores = match machine.two_cores {
        Some(true) => ", two cores",
        Some(false) => ", two threads of one core",
        None => "",
    };
    let seats = match machine.pair {
        Some((writer, reader)) if machine.pinned => {
            format!("; the writer is pinned to {writer}, the reader to {reader}{cores}")
        }
        Some(_) => "; neither process could be pinned to one".into(),
        None => String::new(),
    };
    let load = machine.load.map(|load| format!("; load {load:.1}")).unwrap_or_default();
    vec![labelled("MACHINE", format!("{model}: {may}{seats}{load}"))]
}

/// The tables: as many sizes beside each other as there is room for.
fn tables(found: &Comparison, look: Display, width: usize) -> Vec<Line> {
    let beside = (width.saturating_sub(INDENT) / CELL).max(1);
    let places: Vec<usize> = (0..found.sizes.len()).collect();
    let mut lines = Vec::new();
    for places in places.chunks(beside) {
        let head = |place: &usize| {
            let size = numbers::size(found.sizes[*place]);
            format!("{:>TRIPS$} {:>BYTES$} {size:<rest$}", "trips", "bytes", rest = BAR + 1)
        };
        let heads: String = places.iter().map(head).collect();
        lines.push(Line::Drawn(vec![ink(Style::Strong, format!("{:INDENT$}", "A SECOND")), plain(heads)]));
        for way in &found.ways {
            let cells = places.iter().map(|place| cell(found, way, *place, look));
            let begin = ink(Style::Strong, format!("{:INDENT$}", label(way.way)));
            lines.push(Line::Drawn(once(begin).chain(cells.flatten()).collect()));
        }
    }
    lines
}

/// What a way does with messages of one size, in a row of the table.
fn cell(found: &Comparison, way: &Measurements, place: usize, look: Display) -> [Piece; 2] {
    let measured = &way.measured[place];
    let fastest = found.ways.iter().map(|way| way.measured[place].trip.median).fold(f64::MAX, f64::min);
    let (trips, bytes) = (numbers::trips(measured), numbers::bytes(measured, found.sizes[place]));
    [
        plain(format!("{trips:>TRIPS$} {bytes:>BYTES$} ")),
        ink(Style::Kernel, format!("{:1$}", bar(fastest / measured.trip.median, look.ascii), BAR + 1)),
    ]
}

/// A bar for a part of the whole: at least the smallest there is.
fn bar(part: f64, ascii: bool) -> String {
    const EIGHTHS: [&str; 8] =
        ["", "\u{258f}", "\u{258e}", "\u{258d}", "\u{258c}", "\u{258b}", "\u{258a}", "\u{2589}"];
    let whole = |steps: usize| ((part * steps as f64).round() as usize).clamp(1, steps);
    if ascii {
        return "#".repeat(whole(BAR));
    }
    let eighths = whole(BAR * 8);
    format!("{}{}", "\u{2588}".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// The calls of each way, and how its reader waits.
fn calls(found: &Comparison) -> Vec<Line> {
    let sizes: Vec<String> = found.sizes.iter().map(|bytes| numbers::size(*bytes)).collect();
    let width = sizes.iter().map(String::len).max().unwrap_or_default() + 1;
    let column = |text: String| format!("{text:<width$}");
    let sizes: String = sizes.into_iter().map(column).collect();
    let smallest = numbers::size(found.sizes.first().copied().unwrap_or_default());
    let head = format!("{sizes}a trip; how both wait in a trip of {smallest}");
    let row = |way: &Measurements| {
        let counts: String = (0..found.sizes.len())
            .map(|place| column(count(way, place).unwrap_or_else(|| "?".into())))
            .collect();
        Line::Labelled { label: label(way.way), pieces: vec![ink(Style::Strong, counts), plain(waits(way))] }
    };
    once(labelled("CALLS", head)).chain(found.ways.iter().map(row)).collect()
}

/// How many calls a round trip takes, of both processes; none if they were not counted.
fn count(way: &Measurements, place: usize) -> Option<String> {
    let calls = way.calls[place].as_ref()?;
    let all: u64 = calls.made.iter().map(|(_, times)| *times as u64).sum();
    Some(match all % COUNTED {
        0 => (all / COUNTED).to_string(),
        _ => format!("{:.1}", all as f64 / COUNTED as f64),
    })
}

fn waits(way: &Measurements) -> String {
    let Some(Measured { sleeps, processors, .. }) = way.measured.first() else { return String::new() };
    let how = match way.wait {
        Wait::Asleep(call) => format!("sleep {sleeps:.1} times in {}()", constants::system_call(call)),
        Wait::Spins => format!("spin, sleep {sleeps:.1} times"),
        Wait::Unseen => format!("sleep {sleeps:.1} times"),
    };
    format!("{how}, {processors:.1} processors busy")
}

/// A way in plain words, a line for each size and one for how it waits.
fn in_words(found: &Comparison, way: &Measurements) -> Vec<Line> {
    let of_size = |(place, bytes): (usize, &u64)| {
        let measured = &way.measured[place];
        let calls = count(way, place).map(|calls| format!("; {calls} calls a trip")).unwrap_or_default();
        labelled(
            label(way.way),
            format!(
                "{}: {} trips and {} a second; a trip takes {}, half of the rounds within {}{calls}",
                numbers::size(*bytes),
                numbers::trips(measured),
                numbers::bytes(measured, *bytes),
                numbers::time(measured.trip),
                numbers::percent(measured.trip.part()),
            ),
        )
    };
    let mut lines: Vec<Line> = found.sizes.iter().enumerate().map(of_size).collect();
    let smallest = numbers::size(found.sizes.first().copied().unwrap_or_default());
    lines.push(labelled(label(way.way), format!("for a trip of {smallest} the two {}", waits(way))));
    lines
}

fn missing(why: &Missing) -> String {
    match why {
        Missing::Refused { call, errno } => format!(
            "not here, because {call}() failed: {}, {}",
            constants::errno(*errno),
            constants::meaning(call, *errno)
        ),
        Missing::Killed(signal) => format!(
            "not here, because a process that only called shmget() was killed by {}",
            constants::signal(*signal)
        ),
        Missing::NoSandbox => {
            "not here, because there is no sandbox: if lab were killed, it would stay on this machine".into()
        }
    }
}

/// Rounds that are further from each other than this part of the median allow no comparison.
const CALM: f64 = 0.2;

fn calm(spread: Spread) -> bool {
    spread.part() < CALM
}

/// What a cache line costs, and what spinning costs against it.
fn line(found: &Comparison) -> Option<Line> {
    let alone = found.line?;
    let spinning = found.ways.iter().find(|way| way.way == Way::Spinning);
    let trip = spinning.and_then(|way| way.measured.first()).map(|measured| measured.trip);
    let against = match (found.against_line, trip) {
        (Some(times), Some(trip)) if calm(alone) && calm(trip) => {
            let times = numbers::times(times);
            format!(" Spinning takes {times} times as long for 64 B, which are one line as well.")
        }
        (Some(_), _) => " The rounds differ too much to compare that with spinning.".into(),
        _ => String::new(),
    };
    let alone = numbers::time(alone);
    Some(labelled("LINE", format!("A cache line goes to the other processor and back in {alone}.{against}")))
}

/// How near the rounds were to each other.
fn spread(found: &Comparison) -> Option<Line> {
    let all = found.ways.iter().flat_map(|way| &way.measured).map(|measured| measured.trip.part());
    let most = all.reduce(f64::max)?;
    Some(labelled(
        "SPREAD",
        format!(
            "Medians of {ROUNDS} rounds; half of the rounds are within {} of them.",
            numbers::percent(most)
        ),
    ))
}

/// What follows from what was measured.
fn meanings(found: &Comparison) -> Vec<String> {
    let of = |way: Way| found.ways.iter().find(|other| other.way == way);
    let mut means = Vec::new();
    let spins = of(Way::Spinning);
    if let (Some(spinning), Some(pipe)) = (spins, of(Way::Pipe))
        && let (Some(fast), Some(slow)) = (spinning.measured.first(), pipe.measured.first())
        && spinning.wait == Wait::Spins
    {
        let times = slow.trip.median / fast.trip.median;
        let size = numbers::size(found.sizes[0]);
        let silent =
            spinning.calls.first().and_then(Option::as_ref).is_some_and(|calls| calls.made.is_empty());
        let busy = fast.processors > 1.5;
        match found.machine.pair {
            Some(_) if silent && times > 1.1 && busy && calm(fast.trip) && calm(slow.trip) => means.push(format!(
                "Spinning is {} times as fast as a pipe at {size}, because it makes no call and wakes no process; but both processors are busy while they wait.",
                numbers::times(times)
            )),
            None => means.push(
                "The two share one processor, so the one that looks calls sched_yield() each time, because otherwise it would look in vain until its time is up."
                    .into(),
            ),
            _ => {}
        }
    }
    let pieces = found.sizes.last().map_or(0, |bytes| bytes.div_ceil(found.piece));
    if let (Some(_), true, Some(bytes)) = (of(Way::Queue), pieces > 1, found.sizes.last()) {
        means.push(format!(
            "A message in a queue has at most {} bytes, so {} took {}.",
            found.piece,
            numbers::size(*bytes),
            counted(pieces, "piece"),
        ));
    }
    means
}

/// What has to be known about this run.
fn notes(found: &Comparison) -> Vec<String> {
    let mut notes = Vec::new();
    let machine = &found.machine;
    let free = machine.allowed.len().saturating_sub(2) as f64 + 0.5;
    if let Some(load) = machine.load.filter(|load| *load > free) {
        notes.push(format!(
            "Others used the processors as well (load {load:.1} before lab began), so these figures say less: try again when the machine is idle."
        ));
    }
    if let Some(stolen) = machine.stolen.filter(|stolen| *stolen >= 0.01) {
        notes.push(format!(
            "This is a virtual machine, and its host took away {} of the processors' time meanwhile.",
            numbers::percent(stolen)
        ));
    }
    if let Some(quota) = machine.quota.filter(|quota| *quota < machine.allowed.len() as f64) {
        notes.push(format!(
            "This control group may use the time of {quota:.1} processors (cpu.max), so the kernel stops a process that spins for longer."
        ));
    }
    if let Some(why) = found.uncounted {
        notes.push(format!("No calls were counted, because lab may not trace its processes here: {why}."));
    }
    if let Some((call, errno)) = &machine.no_sandbox {
        notes.push(format!(
            "There is no sandbox here, because {call} was refused: {}, {}.",
            constants::errno(*errno),
            constants::meaning(call, *errno)
        ));
    }
    notes
}
