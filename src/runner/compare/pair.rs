//! The two processes as the main process holds them: forked with their kits, given orders, heard with a deadline, killed
//! when they are not needed any more, whatever happens. Where the main process dies they die with it.

use std::io;
use std::time::{Duration, Instant};

use super::exchange::Fault;
use super::kit::{Kit, Kits, Missing, Removed, Way};
use super::partner::{self, Order, Report, Role, Seats, Took, Until};
use crate::error::Error;
use crate::sys::busy_deadline::BusyDeadline;
use crate::sys::channel::{Channel, Received};
use crate::sys::step_tracer::{CountedCalls, StepTracer};
use crate::sys::{asleep, proc, process, signals};

/// How long a process may stand still, beside the time that it is given, before it counts as stuck.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the other one is looked at while one is listened to.
const SLICE: Duration = Duration::from_millis(50);
/// How long a process has to compute, without a call, until it counts as spinning.
const SPINS: Duration = Duration::from_millis(3);
/// More calls than any trips make that are counted.
const MOST_CALLS: usize = 1 << 30;

/// What a process does while it waits for a message, as the kernel shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It is asleep in the call with this number.
    Asleep(u64),
    /// It has a processor.
    Spins,
    /// The kernel does not show it.
    Unseen,
}

/// Why the two could not be asked.
#[derive(Debug)]
pub enum Trouble {
    /// One way does not work here. The pair is of no use any more.
    Way(Missing),
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Other(error)
    }
}

#[derive(Debug)]
struct Handle {
    pid: i32,
    channel: Channel,
    /// What it has said while the other one was listened to.
    early: Option<Report>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        process::end(self.pid, Duration::ZERO);
    }
}

pub struct Pair {
    writer: Handle,
    reader: Handle,
    tracer: Option<StepTracer>,
    /// Whether each stays on its processor.
    pub pinned: bool,
    /// What has to be removed after them: the last field is dropped last.
    _removed: Removed,
}

impl Pair {
    /// Forks both.
    pub fn start(kits: Kits, seats: Seats) -> Result<Pair, Error> {
        let writer = fork(kits.writer, Role::Writer, seats)?;
        let reader = fork(kits.reader, Role::Reader, seats)?;
        let mut pair = Pair { writer, reader, tracer: None, pinned: false, _removed: kits.removed };
        let mut ready = |role| match pair.hear(role, Duration::ZERO)? {
            Report::Ready { pinned } => Ok(pinned),
            _ => Err(Error::Machine("a process of the comparison has not begun".into())),
        };
        let both = [ready(Role::Writer)?, ready(Role::Reader)?];
        pair.pinned = both == [true, true];
        Ok(pair)
    }

    /// Has both traced from now on. EPERM: ptrace is refused here.
    pub fn trace(&mut self) -> io::Result<()> {
        let mut tracer = StepTracer::default();
        tracer.watch(self.writer.pid)?;
        tracer.watch(self.reader.pid)?;
        self.tracer = Some(tracer);
        Ok(())
    }

    /// Has both do this; what it took the writer and the reader. It fails where the way does not work, a process is
    /// gone or stuck, or a signal ends the run.
    pub fn play(&mut self, order: Order) -> Result<(Took, Took), Trouble> {
        self.tell(Role::Reader, order)?;
        self.wait_until_it_waits()?;
        self.tell(Role::Writer, order)?;
        let time = if let Until::Time(time) = order.until { time * 2 } else { Duration::ZERO };
        Ok((self.took(Role::Writer, time)?, self.took(Role::Reader, Duration::ZERO)?))
    }

    /// The same, and which calls each made, both together.
    pub fn count(&mut self, way: Way, bytes: u64, trips: u64) -> Result<Option<CountedCalls>, Trouble> {
        let pids = [self.writer.pid, self.reader.pid];
        for pid in pids {
            self.tracer.iter_mut().for_each(|tracer| tracer.arm(pid, MOST_CALLS));
        }
        self.play(Order { way, bytes, until: Until::Counted(trips) })?;
        let Some(tracer) = &self.tracer else { return Ok(None) };
        let both = pids.map(|pid| tracer.calls(pid));
        let [Some(writer), Some(reader)] = both else { return Ok(None) };
        Ok(Some(writer.and(reader)))
    }

    /// Looks what the reader does while there is no message, and sends it one.
    pub fn watch_waiting(&mut self, way: Way, bytes: u64) -> Result<Wait, Trouble> {
        let order = Order { way, bytes, until: Until::Trips(1) };
        self.tell(Role::Reader, order)?;
        self.wait_until_it_waits()?;
        let wait = self.seen()?;
        self.tell(Role::Writer, order)?;
        self.took(Role::Writer, Duration::ZERO)?;
        self.took(Role::Reader, Duration::ZERO)?;
        Ok(wait)
    }

    /// What the reader does now, as soon as it sleeps in a call or has computed for some time.
    fn seen(&self) -> Result<Wait, Error> {
        let pid = self.reader.pid;
        let mut patience = BusyDeadline::of(Duration::from_millis(500));
        let begun = proc::computed(pid);
        while patience.keep_waiting(|| proc::busy(pid)) {
            let computed = begun.zip(proc::computed(pid)).map(|(begun, now)| now.saturating_sub(begun));
            if proc::state(pid) == Some('S') {
                // It has told that it waits, and makes no other call that could be meant.
                return Ok(match asleep::state(pid) {
                    asleep::ThreadState::InCall(call) => Wait::Asleep(call.number.unsigned_abs()),
                    _ => Wait::Unseen,
                });
            }
            if computed.is_some_and(|computed| u128::from(computed) >= SPINS.as_nanos()) {
                return Ok(Wait::Spins);
            }
            let _ = signals::wait(None, Some(signals::after(Duration::from_millis(1))));
            Error::if_signalled(signals::ending())?;
        }
        Ok(Wait::Unseen)
    }

    fn tell(&self, role: Role, order: Order) -> Result<(), Error> {
        let packet = postcard::to_stdvec(&order)
            .map_err(|error| Error::System("spell an order", io::Error::other(error)))?;
        let handle = if role == Role::Writer { &self.writer } else { &self.reader };
        // One that is gone is noticed when it is heard.
        match handle.channel.send(&packet) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Error::System("speak to a process of the comparison", error))
            }
            _ => Ok(()),
        }
    }

    fn wait_until_it_waits(&mut self) -> Result<(), Trouble> {
        match self.hear(Role::Reader, Duration::ZERO)? {
            Report::Waiting => Ok(()),
            Report::Failed(fault) => Err(trouble(fault)),
            _ => Err(lost().into()),
        }
    }

    fn took(&mut self, role: Role, time: Duration) -> Result<Took, Trouble> {
        match self.hear(role, time)? {
            Report::Done(took) => Ok(took),
            Report::Failed(fault) => Err(trouble(fault)),
            _ => Err(lost().into()),
        }
    }

    /// The next thing that a process says, which may take this time and some more; what the other one says meanwhile is
    /// kept, unless it has failed.
    fn hear(&mut self, role: Role, time: Duration) -> Result<Report, Error> {
        let (this, other) = match role {
            Role::Writer => (&mut self.writer, &mut self.reader),
            Role::Reader => (&mut self.reader, &mut self.writer),
        };
        if let Some(report) = this.early.take() {
            return Ok(report);
        }
        let mut patience = BusyDeadline::of(PATIENCE + time);
        loop {
            let soon = patience.deadline().min(signals::after(SLICE));
            let tracer = &mut self.tracer;
            let pump = || tracer.iter_mut().for_each(StepTracer::pump);
            if let Some(report) = heard(&this.channel, soon, pump)? {
                return Ok(report);
            }
            if other.early.is_none() {
                other.early = heard(&other.channel, Instant::now(), || ())?;
            }
            if matches!(other.early, Some(Report::Failed(_))) {
                return other.early.take().ok_or_else(lost);
            }
            let busy = || [this.pid, other.pid].into_iter().any(proc::busy);
            if !patience.keep_waiting(busy) {
                return Err(Error::Machine(
                    "a process of the comparison does not answer: something outside has stopped it".into(),
                ));
            }
        }
    }
}

/// What comes until this moment.
fn heard(channel: &Channel, until: Instant, meanwhile: impl FnMut()) -> Result<Option<Report>, Error> {
    let received = channel.receive_meanwhile(Some(until), meanwhile);
    match received.map_err(Error::context("hear a process of the comparison"))? {
        Received::Packet(packet, _) => postcard::from_bytes(&packet)
            .map(Some)
            .map_err(|error| Error::System("understand a process", io::Error::other(error))),
        Received::Timeout => Ok(None),
        Received::End => Err(lost()),
        Received::Interrupted => Err(Error::Interrupted(signals::ending().unwrap_or(libc::SIGINT))),
    }
}

fn lost() -> Error {
    Error::Machine("a process of the comparison has ended too early: something outside has killed it".into())
}

fn trouble(fault: Fault) -> Trouble {
    match fault {
        Fault::Call { call, errno } => Trouble::Way(Missing::Refused { call, errno }),
        Fault::Wrong => Trouble::Other(Error::Machine(
            "other bytes have arrived than were sent: something outside has changed them".into(),
        )),
        Fault::End => Trouble::Other(lost()),
    }
}

/// Starts one of them.
fn fork(kit: Kit, role: Role, seats: Seats) -> Result<Handle, Error> {
    let (channel, theirs) = Channel::pair().map_err(Error::context("open a socket to a process"))?;
    let name = if role == Role::Writer { "lab-writer" } else { "lab-reader" };
    let pid = process::spawn(false, move || {
        signals::reset_in_child();
        process::leave_group();
        process::no_core_file();
        process::silence(&[0, 1, 2]);
        process::set_name(name);
        let mut kept = kit.descriptors();
        kept.push(theirs.number());
        process::close_all_but(&kept);
        partner::serve(&theirs, role, seats, &kit)
    });
    let pid = pid.map_err(Error::context("fork a process of the comparison"))?;
    Ok(Handle { pid, channel, early: None })
}
