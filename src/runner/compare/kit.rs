//! What the two processes need for every way, made before they are forked: pipes, a socket pair, a queue, two semaphores, a
//! segment. What this machine refuses becomes a [`Missing`], and the other ways go on. A queue and
//! semaphores are made in a sandbox only: they stay behind if lab is killed, and a segment need not.

use std::io::{self, pipe};
use std::os::unix::net::UnixStream;

use serde::{Deserialize, Serialize};

use super::message::place_for;
use crate::runner::journal::Journal;
use crate::runner::ledger::Ledger;
use crate::runner::resources::{AskedSegment, ResourceEvent};
use crate::sys::pipe::Pipe;
use crate::sys::place::Place;
use crate::sys::shm::Returned;
use crate::sys::{errno_of, msg, process, sem, shm};

/// A way from one process to another and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Pipe,
    SocketPair,
    Queue,
    /// A segment, and two semaphores to wait for each other.
    Semaphore,
    /// A segment, in which each looks until the other has stored something.
    Spinning,
    /// One cache line of a segment, and nothing else.
    Line,
}

/// Those that carry a message.
pub const WAYS: [Way; 5] = [Way::Pipe, Way::SocketPair, Way::Queue, Way::Semaphore, Way::Spinning];

impl Way {
    /// Whether the message is in the segment.
    pub fn in_segment(self) -> bool {
        matches!(self, Way::Semaphore | Way::Spinning | Way::Line)
    }
}

/// Why a way is missing here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// This call was refused.
    Refused { call: String, errno: i32 },
    /// A process that tried was killed by this signal.
    Killed(i32),
    /// It would stay behind, since there is no sandbox.
    NoSandbox,
}

/// What one of the two processes has.
#[derive(Debug, Default)]
pub struct Kit {
    pub pipe: Option<Pipe>,
    pub sockets: Option<Pipe>,
    pub segment: Option<Place>,
    pub shared: Shared,
}

/// What both have alike.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shared {
    pub queue: Option<i32>,
    pub semaphores: Option<i32>,
    /// The most bytes of one message in the queue.
    pub piece: u64,
}

/// What has to be removed when the two have ended: dropping this value does it.
#[derive(Debug, Default)]
pub struct Removed(Shared);

impl Drop for Removed {
    fn drop(&mut self) {
        // In a sandbox: what can't be removed goes with it.
        let queue = self.0.queue.map(|id| msg::msgctl(id, libc::IPC_RMID));
        let semaphores = self.0.semaphores.map(|id| sem::semctl(id, 0, libc::IPC_RMID));
        let _ = (queue, semaphores);
    }
}

/// Two kits, and what goes with them.
#[derive(Debug, Default)]
pub struct Kits {
    pub writer: Kit,
    pub reader: Kit,
    pub missing: Vec<(Way, Missing)>,
    /// To be kept as long as the two processes live.
    pub removed: Removed,
}

impl Kits {
    /// Makes what these ways need for messages of at most `bytes` bytes.
    pub fn make(ways: &[Way], bytes: u64, sandbox: bool) -> Kits {
        let mut kits = Kits::default();
        kits.removed.0.piece = msg::largest_piece();
        if ways.iter().any(|way| way.in_segment()) {
            kits.segment(ways, bytes, sandbox);
        }
        for way in ways {
            match way {
                Way::Pipe => kits.streams(*way, "pipe", two_pipes()),
                Way::SocketPair => kits.streams(*way, "socketpair", two_sockets()),
                Way::Queue | Way::Semaphore if !sandbox => kits.missing.push((*way, Missing::NoSandbox)),
                Way::Queue => match msg::msgget(libc::IPC_PRIVATE, libc::IPC_CREAT | 0o600) {
                    Ok(id) => kits.removed.0.queue = Some(id),
                    Err(errno) => kits.refused(*way, "msgget", errno),
                },
                Way::Semaphore => match sem::semget(libc::IPC_PRIVATE, 2, libc::IPC_CREAT | 0o600) {
                    Ok(id) => kits.removed.0.semaphores = Some(id),
                    Err(errno) => kits.refused(*way, "semget", errno),
                },
                Way::Spinning | Way::Line => {}
            }
        }
        (kits.writer.shared, kits.reader.shared) = (kits.removed.0, kits.removed.0);
        kits.missing.sort_by_key(|(way, _)| *way);
        kits.missing.dedup_by_key(|(way, _)| *way);
        kits
    }

    fn refused(&mut self, way: Way, call: &str, errno: i32) {
        self.missing.push((way, Missing::Refused { call: call.into(), errno }));
    }

    fn streams(&mut self, way: Way, call: &str, made: io::Result<(Pipe, Pipe)>) {
        match made {
            Ok((writer, reader)) if way == Way::Pipe => {
                (self.writer.pipe, self.reader.pipe) = (Some(writer), Some(reader));
            }
            Ok((writer, reader)) => (self.writer.sockets, self.reader.sockets) = (Some(writer), Some(reader)),
            Err(error) => self.refused(way, call, errno_of(&error)),
        }
    }

    fn segment(&mut self, ways: &[Way], bytes: u64, sandbox: bool) {
        let made = if sandbox { segment(place_for(bytes)) } else { guarded_segment(place_for(bytes)) };
        match made {
            Ok((writer, reader)) => {
                (self.writer.segment, self.reader.segment) = (Some(writer), Some(reader));
            }
            Err((call, errno)) => {
                ways.iter().filter(|way| way.in_segment()).for_each(|way| self.refused(*way, call, errno));
            }
        }
    }
}

impl Kit {
    /// The descriptors that its process needs.
    pub fn descriptors(&self) -> Vec<i32> {
        [&self.pipe, &self.sockets].into_iter().flatten().flat_map(Pipe::numbers).collect()
    }
}

fn two_pipes() -> io::Result<(Pipe, Pipe)> {
    let ((there, send), (back, answer)) = (pipe()?, pipe()?);
    Ok((Pipe::side(back.into(), send.into()), Pipe::side(there.into(), answer.into())))
}

fn two_sockets() -> io::Result<(Pipe, Pipe)> {
    let (one, other) = UnixStream::pair()?;
    let side = |socket: UnixStream| Ok(Pipe::side(socket.try_clone()?.into(), socket.into()));
    side(one).and_then(|one: Pipe| io::Result::Ok((one, side(other)?)))
}

type Refused = (&'static str, i32);

/// A segment, attached once for each of the two and marked for removal at once: it goes with its last detach.
fn segment(bytes: u64) -> Result<(Place, Place), Refused> {
    let id =
        shm::shmget(libc::IPC_PRIVATE, bytes, libc::IPC_CREAT | 0o600).map_err(|errno| ("shmget", errno))?;
    let attached = || -> Returned<_> { Ok((Place::attached(id, bytes)?, Place::attached(id, bytes)?)) };
    let attached = attached().map_err(|errno| ("shmat", errno));
    shm::shmctl(id, libc::IPC_RMID).map_err(|errno| ("shmctl", errno))?;
    attached
}

/// The same where no sandbox takes it away: for the moment between the two calls a guard and a record know of it.
fn guarded_segment(bytes: u64) -> Result<(Place, Place), Refused> {
    let failed = |call| move |error: io::Error| (call, errno_of(&error));
    let mut ledger = Ledger::open(Journal::open().ok(), None).map_err(failed("fork"))?;
    let asked = AskedSegment::now(libc::IPC_PRIVATE, bytes, process::own_pid());
    ledger.note(ResourceEvent::Asked(asked), true).map_err(failed("write"))?;
    let made = segment(bytes);
    ledger.close();
    made
}
