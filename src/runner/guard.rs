//! The guard: a process in a session of its own that cleans up when the main process can't. The main process sends it a note
//! of everything before doing it. The guard acts when the last copy of the other end of the wire is closed: the
//! main process and every actor hold one, so nothing can be made after it has looked.

use std::io;
use std::time::Duration;

use super::journal::Journal;
use super::resources::{ResourceEvent, Resources};
use crate::sys::channel::{Channel, Received};
use crate::sys::terminal::Modes;
use crate::sys::{process, signals};

/// What a guard says once it is in a session of its own.
const READY: &[u8] = b"ready";
/// How long that may take.
const READY_WITHIN: Duration = Duration::from_secs(1);

/// The guard as the main process holds it.
#[derive(Debug)]
pub struct Guard {
    pid: i32,
    channel: Channel,
}

impl Guard {
    /// Starts a guard that knows `notes` already. `record`: the run's, which it removes once nothing is left.
    pub fn start(
        modes: Option<&Modes>,
        notes: &[ResourceEvent],
        record: Option<&Journal>,
    ) -> io::Result<Guard> {
        let (channel, theirs) = Channel::pair()?;
        let pid = process::spawn(true, || {
            signals::block_all();
            process::leave_session();
            process::set_name("lab-guard");
            // No pipe of another process is held open; the terminal is kept only where its mode may have to come
            // back.
            process::silence(if modes.is_some() { &[1, 2] } else { &[0, 1, 2] });
            channel.close_copy();
            let _ = theirs.send(READY);
            let complete = watch(&theirs, modes, notes);
            if let (true, Some(record)) = (complete, record) {
                record.remove();
            }
            i32::from(!complete)
        })?;
        // Nothing is made before the guard is out of reach of what kills our whole process group. A guard that says
        // nothing is noticed when the first note is sent.
        let _ = channel.receive(Some(signals::after(READY_WITHIN)));
        Ok(Guard { pid, channel })
    }

    /// Whether it has not been killed.
    pub fn lives(&self) -> bool {
        process::ended(self.pid).is_none()
    }

    /// Sends the guard a note; an error means that it is gone.
    pub fn tell(&self, note: &ResourceEvent) -> io::Result<()> {
        self.channel.send(&serde_json::to_vec(note).map_err(io::Error::other)?)
    }

    /// Our end, which actors keep open.
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Tells the guard to end and reaps it, even if it is stopped.
    pub fn dismiss(self) {
        let _ = self.tell(&ResourceEvent::Done);
        self.release();
    }

    /// Lets the guard clean up now, by the notes that it has, because the main process could not clean up itself.
    pub fn release(self) {
        drop(self.channel);
        process::end(self.pid, Duration::from_secs(1));
    }
}

/// Listens until the run is done or dead, and cleans up after a dead one; whether nothing is left.
fn watch(channel: &Channel, modes: Option<&Modes>, notes: &[ResourceEvent]) -> bool {
    let mut resources = Resources::default();
    notes.iter().cloned().for_each(|note| resources.take(note));
    while let Ok(Received::Packet(packet, _)) = channel.receive_quietly() {
        if let Ok(note) = serde_json::from_slice(&packet) {
            resources.take(note);
        }
        if resources.done {
            // The record of what was left stays with it.
            return !resources.left;
        }
    }
    if let Some(modes) = modes {
        modes.restore_if_left();
    }
    let (cleaned, waits) = resources.tidy();
    cleaned.complete() && !waits
}
