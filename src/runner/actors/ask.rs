//! Asking actors and hearing them: one request at a time, observed where that is allowed, each answer with a
//! deadline that waits for the busy. A death is an answer.

use std::io;
use std::time::{Duration, Instant};

use super::{ANSWER, Cast};
use crate::constants;
use crate::error::Trouble;
use crate::facts::event::{SystemCall, SystemCalls};
use crate::lesson::{Fault, Outcome, quote};
use crate::runner::request::{Refusal, Reply, Request};
use crate::sys::busy_deadline::Patience;
use crate::sys::channel::Received;
use crate::sys::process::{self, Ended};
use crate::sys::{evidence, memory, signals};

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    Replied(Reply),
    /// The call has not come back: its process sleeps inside it.
    Blocked,
    /// The actor is gone.
    Gone(Outcome),
}

impl Cast {
    /// The system calls that the kernel has seen of these roles since each was last asked; none where nobody
    /// looked.
    pub fn seen(&self, roles: &[&str]) -> Option<SystemCalls> {
        let mut seen = SystemCalls::default();
        for role in roles {
            // Also of one that has just ended.
            let actor = self.actors.iter().find(|actor| actor.role == *role)?;
            let calls = self.observer.calls(actor.pid)?;
            seen.more |= calls.more;
            for (number, times) in calls.made {
                let name = constants::system_call(number);
                match seen.calls.iter_mut().find(|call| call.name == name) {
                    Some(call) => call.times += times,
                    None => seen.calls.push(SystemCall { name, times }),
                }
            }
        }
        Some(seen)
    }

    /// Lets everybody go on who has stopped for the observer meanwhile.
    pub fn attend(&mut self) {
        self.observer.pump();
    }

    /// Has a role do something, observed.
    ///
    /// # Errors
    /// A signal that ends the run, or a wire that fails.
    pub fn ask(&mut self, role: &str, request: &Request) -> Result<Answer, Trouble> {
        self.observe(role);
        self.ask_aside(role, request)
    }

    pub(super) fn observe(&mut self, role: &str) {
        if let Some(pid) = self.pid(role) {
            self.observer.arm(pid);
        }
    }

    /// Has a role do something that is not the step's call.
    ///
    /// # Errors
    /// As for [`Cast::ask`].
    pub fn ask_aside(&mut self, role: &str, request: &Request) -> Result<Answer, Trouble> {
        let Some(place) = self.place(role) else { return Ok(Answer::Gone(Outcome::Silent)) };
        let sent = self.send(place, request)?;
        self.hear(place, sent)
    }

    /// Has two roles do something at the same time; their answers.
    ///
    /// # Errors
    /// As for [`Cast::ask`].
    pub fn ask_both(&mut self, asked: [(&str, &Request); 2]) -> Result<[Answer; 2], Trouble> {
        let mut sent = Vec::new();
        for (role, _) in asked {
            self.observe(role);
        }
        for (role, request) in asked {
            let place = self.place(role);
            sent.push(match place {
                Some(place) => Some(self.send(place, request)?),
                None => None,
            });
        }
        let mut answers = Vec::new();
        for ((role, _), sent) in asked.into_iter().zip(sent) {
            answers.push(match (self.place(role), sent) {
                (Some(place), Some(sent)) => self.hear(place, sent)?,
                _ => Answer::Gone(Outcome::Silent),
            });
        }
        let second = answers.pop().unwrap_or(Answer::Gone(Outcome::Silent));
        Ok([answers.pop().unwrap_or(Answer::Gone(Outcome::Silent)), second])
    }

    /// Has a role make a call that is expected not to come back, and watches it fall asleep inside.
    ///
    /// # Errors
    /// As for [`Cast::ask`].
    pub fn ask_blocking(&mut self, role: &str, request: &Request) -> Result<Answer, Trouble> {
        let Some(place) = self.place(role) else { return Ok(Answer::Gone(Outcome::Silent)) };
        self.observe(role);
        let sent = self.send(place, request)?;
        let starting = self.hear(place, sent)?;
        if !matches!(&starting, Answer::Replied(reply) if reply.starting) {
            return Ok(starting);
        }
        let mut patience = Patience::of(ANSWER);
        loop {
            // In this order: asleep, and no answer under way, means asleep inside the call.
            let asleep = matches!(evidence::state(self.actors[place].pid), Some('S' | '?'));
            let soon = signals::after(Duration::from_millis(if asleep { 1 } else { 5 }));
            match self.listen(place, soon)? {
                Received::Timeout if asleep => {
                    self.actors[place].pending = true;
                    return Ok(Answer::Blocked);
                }
                Received::Timeout if patience.lasts(|| self.busy(place)) => {}
                other => return self.understood(place, other),
            }
        }
    }

    /// The answer to a call that had blocked, if this role has one under way.
    ///
    /// # Errors
    /// As for [`Cast::ask`].
    pub fn come_back(&mut self, role: &str) -> Result<Option<Answer>, Trouble> {
        match self.place(role) {
            Some(place) if self.actors[place].pending => {
                self.actors[place].pending = false;
                self.hear(place, Ok(())).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn send(&self, place: usize, request: &Request) -> Result<io::Result<()>, Trouble> {
        let packet = packet(request)?;
        Ok(self.actors[place].wire.as_ref().map_or(Ok(()), |wire| wire.send(&packet)))
    }

    pub(super) fn listen(&mut self, place: usize, deadline: Instant) -> Result<Received, Trouble> {
        let observer = &mut self.observer;
        match &self.actors[place].wire {
            Some(wire) => wire
                .receive_meanwhile(Some(deadline), || observer.pump())
                .map_err(Trouble::while_doing("hear an actor")),
            None => Ok(Received::End),
        }
    }

    fn busy(&self, place: usize) -> bool {
        self.observer.busy(self.actors[place].pid)
    }

    /// The same, for as long as patience with the process lasts.
    pub(super) fn listen_on(&mut self, place: usize) -> Result<Received, Trouble> {
        let mut patience = Patience::of(ANSWER);
        loop {
            match self.listen(place, patience.deadline())? {
                Received::Timeout if patience.lasts(|| self.busy(place)) => {}
                received => return Ok(received),
            }
        }
    }

    pub(super) fn hear(&mut self, place: usize, sent: io::Result<()>) -> Result<Answer, Trouble> {
        let received = match sent {
            Ok(()) => self.listen_on(place)?,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Received::End,
            Err(error) => return Err(Trouble::System("speak to an actor", error)),
        };
        self.understood(place, received)
    }

    fn understood(&mut self, place: usize, received: Received) -> Result<Answer, Trouble> {
        match received {
            Received::Packet(packet, _) => {
                if let Some((signal, code, address)) = memory::read_fault(&packet) {
                    let fault = Some(Fault { address, code });
                    self.leave(place);
                    return Ok(Answer::Gone(Outcome::Died { signal, fault }));
                }
                let reply = serde_json::from_slice(&packet);
                let reply: Reply =
                    reply.map_err(|error| Trouble::System("understand an actor", io::Error::other(error)))?;
                match reply.refused {
                    Some(why) => Err(Trouble::Refused(refused(&why))),
                    None => Ok(Answer::Replied(reply)),
                }
            }
            Received::End => Ok(Answer::Gone(match self.leave(place) {
                Some(Ended::Exited(status)) => Outcome::Exited(status),
                Some(Ended::Killed(signal)) => Outcome::Died { signal, fault: None },
                _ => Outcome::Silent,
            })),
            Received::Timeout => {
                process::send(self.actors[place].pid, libc::SIGKILL);
                self.leave(place);
                Ok(Answer::Gone(Outcome::Silent))
            }
            Received::Interrupted => Err(Trouble::Interrupted(signals::ending().unwrap_or(libc::SIGINT))),
        }
    }
}

/// What a lesson is told that an actor has refused.
fn refused(why: &Refusal) -> String {
    match why {
        Refusal::Memory(address) => format!(
            "would touch {address:#x}, which is lab's own memory: a lesson may touch its segments, what its mmap and malloc gave it, its texts, and places where nothing is mapped"
        ),
        Refusal::Path(path) => format!(
            "leads out of the run's folder with the path {}: a lesson may name its own files, such as \"lab.key\"",
            quote(path)
        ),
        Refusal::Descriptor => {
            "would map a file: a lesson may map memory without one, with MAP_ANONYMOUS and -1".to_owned()
        }
    }
}

pub(super) fn packet(request: &Request) -> Result<Vec<u8>, Trouble> {
    serde_json::to_vec(request).map_err(|error| Trouble::System("spell a call", io::Error::other(error)))
}
