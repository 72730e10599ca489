//! The player: the process that starts the programs of a play, group after group, and waits for them. It is the first
//! process of the play's PID namespace, so that what is left when it ends is ended with it. The tracer follows it and
//! with it all that it starts. It judges nothing and prints nothing.

use std::fs::File;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use super::Ended;
use super::orders::{Ordered, Orders, Report};
use crate::sys::seccomp::orders as stops;
use crate::sys::status::Ended as Status;
use crate::sys::{errno_of, jail, memory_file, proc, process, signals};

/// How often it looks.
const LOOK: Duration = Duration::from_millis(1);
/// A program that this number of looks in a row find asleep waits for something.
const LOOKS: u32 = 5;
/// The second program of a group starts at the latest so long after the first.
const TOGETHER: Duration = Duration::from_millis(200);
/// How much of its text fits the pipe.
const MAX_TEXT: u64 = 4096;
/// The status of a program that could not be run, which the report explains.
const UNRUN: i32 = 127;

/// A program that was made, and waits at its gate or runs.
struct Child {
    pid: i32,
    /// Its pid as /proc shows it.
    shown: Option<i32>,
    gate: Option<PipeWriter>,
    /// The end that keeps its standard input open.
    input: Option<PipeWriter>,
    /// How often in a row it was found asleep.
    asleep: u32,
    started: Option<Instant>,
    ended: bool,
}

/// Plays these orders; the exit status.
pub fn serve(orders: &str) -> u8 {
    let Ok(orders) = serde_json::from_str::<Orders>(orders) else { return 2 };
    process::set_name("lab-player");
    process::adopt_orphans();
    match play(&orders) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

fn play(orders: &Orders) -> io::Result<()> {
    let mut report = memory_file::inherited(orders.report)?;
    let mut streams = Vec::new();
    for program in &orders.programs {
        let files: io::Result<Vec<File>> = program.streams.into_iter().map(memory_file::inherited).collect();
        streams.push(files?);
    }
    let mut children: Vec<Option<Child>> = orders.programs.iter().map(|_| None).collect();
    for at in &orders.born {
        children[*at] = Some(born(orders, *at, &streams[*at])?);
    }
    let mut children: Vec<Child> = children.into_iter().flatten().collect();
    drop(streams);
    let groups = orders.programs.iter().map(|program| program.group).max().unwrap_or_default();
    for group in 0..=groups {
        let members: Vec<usize> =
            (0..children.len()).filter(|at| orders.programs[*at].group == group).collect();
        one_group(orders, &mut children, &members, &mut report)?;
    }
    process::reap_strangers();
    say(&mut report, Report::Stayed(shown_children().len()))?;
    // Where there is a namespace, our own end does it.
    while !orders.walls.pids && !shown_children().is_empty() {
        shown_children().into_iter().for_each(|pid| process::send(pid, libc::SIGKILL));
        process::reap_strangers();
        thread::sleep(LOOK);
    }
    Ok(())
}

/// Adds a line to the report.
fn say(report: &mut File, line: Report) -> io::Result<()> {
    report.write_all(&postcard::to_stdvec(&line).map_err(io::Error::other)?)
}

/// Makes the process of a program, which waits at its gate.
fn born(orders: &Orders, at: usize, streams: &[File]) -> io::Result<Child> {
    let program = &orders.programs[at];
    let (wait, gate) = io::pipe()?;
    let (input, keep) = match program.interrupt {
        true => kept_open(&streams[0])?,
        false => (None, None),
    };
    let before = shown_children();
    let pid = process::spawn(false, || match ready(orders, program, streams, input, wait) {
        Ok(never) => never,
        // Only an exec that failed comes back.
        Err(error) => {
            let line = Report::Ended(at, Ended::Unrunnable(errno_of(&error)));
            let _ = memory_file::inherited(orders.report).and_then(|mut report| say(&mut report, line));
            UNRUN
        }
    })?;
    let shown = shown_children().into_iter().rfind(|pid| !before.contains(pid));
    Ok(Child { pid, shown, gate: Some(gate), input: keep, asleep: 0, started: None, ended: false })
}

/// A pipe that holds what the program is to read and does not end there.
fn kept_open(text: &File) -> io::Result<(Option<PipeReader>, Option<PipeWriter>)> {
    let (input, mut keep) = io::pipe()?;
    let text = memory_file::content(&mut text.try_clone()?, MAX_TEXT)?;
    keep.write_all(&text)?;
    Ok((Some(input), Some(keep)))
}

/// In the child: waits, puts the walls up and becomes the program.
fn ready(
    orders: &Orders,
    program: &Ordered,
    streams: &[File],
    input: Option<PipeReader>,
    mut wait: PipeReader,
) -> io::Result<i32> {
    wait.read_exact(&mut [0])?;
    signals::reset_in_child();
    let input = input.map(|input| File::from(std::os::fd::OwnedFd::from(input)));
    for (number, stream) in (0..).zip(streams) {
        memory_file::becomes_stream(input.as_ref().filter(|_| number == 0).unwrap_or(stream), number)?;
    }
    jail::confine(&orders.limits, &orders.folder, orders.walls)?;
    if program.semop_fails {
        stops::install(stops::Stops::Semops)?;
    }
    let name = format!("./{}", program.role);
    Err(jail::exec(program.path.as_os_str(), &[name.as_ref()], &orders.folder))
}

/// Starts the programs of a group and waits until all of them have ended.
fn one_group(
    orders: &Orders,
    children: &mut [Child],
    members: &[usize],
    report: &mut File,
) -> io::Result<()> {
    let mut next = members.iter();
    let mut before: Option<usize> = None;
    loop {
        let may_start = before.is_none_or(|at| {
            let child = &children[at];
            let late = child.started.is_some_and(|started| started.elapsed() >= TOGETHER);
            child.ended || child.asleep >= LOOKS || late
        });
        if may_start && let Some(at) = next.next() {
            say(report, Report::Started(*at))?;
            children[*at].start()?;
            before = Some(*at);
        }
        collect(children, report)?;
        for at in members {
            children[*at].look(&orders.programs[*at]);
        }
        if next.len() == 0 && members.iter().all(|at| children[*at].ended) {
            return Ok(());
        }
        thread::sleep(LOOK);
    }
}

/// Takes the status of every child that has ended, orphans that have come to us among them.
fn collect(children: &mut [Child], report: &mut File) -> io::Result<()> {
    for (at, child) in children.iter_mut().enumerate().filter(|(_, child)| !child.ended) {
        let Some(status) = process::ended(child.pid) else { continue };
        child.ended = true;
        match status {
            Status::Exited(status) => say(report, Report::Ended(at, Ended::Exited(status)))?,
            Status::Killed(signal) => say(report, Report::Ended(at, Ended::Killed(signal)))?,
            Status::Unknown => {}
        }
    }
    Ok(())
}

impl Child {
    fn start(&mut self) -> io::Result<()> {
        self.started = Some(Instant::now());
        self.gate.take().map_or(Ok(()), |mut gate| gate.write_all(&[1]))
    }

    /// Looks whether it waits; what is to be interrupted then, is.
    fn look(&mut self, program: &Ordered) {
        if self.ended || self.started.is_none() {
            return;
        }
        let asleep = self.shown.and_then(proc::state) == Some('S');
        self.asleep = if asleep { self.asleep + 1 } else { 0 };
        if program.interrupt && self.asleep >= LOOKS && self.input.is_some() {
            process::interrupt_group(self.pid);
            self.input = None;
        }
    }
}

/// Our children as /proc shows them, which may be by other numbers than ours.
fn shown_children() -> Vec<i32> {
    let own = std::fs::read_link("/proc/self").unwrap_or_default();
    own.to_str().and_then(|own| own.parse().ok()).map(proc::children_of).unwrap_or_default()
}
