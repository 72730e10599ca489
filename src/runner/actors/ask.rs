//! Asks actors and receives their answers: one request at a time, observed where that is allowed, each answer with a
//! deadline that is longer for a busy actor. A death is an answer.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::{ANSWER_WITHIN, Actors};
use crate::constants;
use crate::error::Error;
use crate::facts::event::{SystemCall, SystemCalls};
use crate::facts::outcome::{Fault, Outcome};
use crate::runner::request::{Refusal, Reply, Request};
use crate::sys::barrier::Barrier;
use crate::sys::busy_deadline::BusyDeadline;
use crate::sys::channel::Received;
use crate::sys::status::Ended;
use crate::sys::step_tracer::CountedCalls;
use crate::sys::{memory, proc, process, signals};
use crate::text::quote;

/// What came of asking.
#[derive(Debug)]
pub enum ActorReply {
    Replied(Reply),
    /// The call has not come back: its process sleeps inside it.
    Blocked,
    /// The actor is gone.
    Gone(Outcome),
}

impl Actors {
    /// The actors that are inside a call, and what the kernel has seen of each so far.
    pub fn asleep(&self) -> Vec<(i32, CountedCalls)> {
        let inside = self.actors.iter().filter(|actor| actor.pending);
        inside.filter_map(|actor| Some((actor.pid, self.observer.calls(actor.pid)?))).collect()
    }

    /// The system calls that the kernel has seen of these roles since each was last asked, and of those that were
    /// asleep since then; none where they were not observed.
    pub fn seen(&self, roles: &[&str], asleep: &[(i32, CountedCalls)]) -> Option<SystemCalls> {
        let mut counted = Vec::new();
        for role in roles {
            // Also of one that has just ended.
            let actor = self.actors.iter().find(|actor| actor.role == *role)?;
            counted.push((actor.pid, self.observer.calls(actor.pid)?));
        }
        for (pid, before) in asleep {
            if let (true, Some(now)) =
                (counted.iter().all(|(other, _)| other != pid), self.observer.calls(*pid))
            {
                counted.push((*pid, now.since(before)));
            }
        }
        let CountedCalls { made, copied, more } =
            counted.into_iter().fold(CountedCalls::default(), |all, (_, calls)| all.and(calls));
        let call = |(number, times)| SystemCall { name: constants::system_call(number), times };
        Some(SystemCalls { calls: made.into_iter().map(call).collect(), copied, more })
    }

    /// Lets every process go on that has stopped for the observer meanwhile.
    pub fn attend(&mut self) {
        self.observer.pump();
    }

    /// Has a role do something, observed.
    pub fn ask(&mut self, role: &str, request: &Request) -> Result<ActorReply, Error> {
        self.observe(role, request);
        self.request_untraced(role, request)
    }

    pub(super) fn observe(&mut self, role: &str, request: &Request) {
        let asked = match request {
            Request::Call { times, .. } => usize::try_from(*times).unwrap_or(usize::MAX),
            _ => 1,
        };
        if let Some(pid) = self.pid(role) {
            self.observer.arm(pid, asked);
        }
    }

    /// Has a role do something that is not the step's call.
    pub fn request_untraced(&mut self, role: &str, request: &Request) -> Result<ActorReply, Error> {
        let Some(place) = self.place(role) else { return Ok(ActorReply::Gone(Outcome::Silent)) };
        let sent = self.send(place, request, None)?;
        self.recv(place, sent)
    }

    /// Has two roles do something at the same time, from a start line at which each waits for the other; their answers.
    pub fn ask_both(&mut self, asked: [(&str, &Request); 2]) -> Result<[ActorReply; 2], Error> {
        let line = Barrier::make().map_err(Error::context("share a page between two actors"))?;
        for (role, request) in asked {
            self.observe(role, request);
        }
        let mut sent = Vec::new();
        for (role, request) in asked {
            sent.push(self.place(role).map(|place| self.send(place, request, Some(&line))).transpose()?);
        }
        let mut answers = Vec::new();
        for ((role, _), sent) in asked.into_iter().zip(sent) {
            answers.push(match (self.place(role), sent) {
                (Some(place), Some(sent)) => self.recv(place, sent)?,
                _ => ActorReply::Gone(Outcome::Silent),
            });
        }
        let second = answers.pop().unwrap_or(ActorReply::Gone(Outcome::Silent));
        Ok([answers.pop().unwrap_or(ActorReply::Gone(Outcome::Silent)), second])
    }

    /// Has a role make a call that is expected not to come back, and watches it fall asleep inside.
    pub fn ask_blocking(&mut self, role: &str, request: &Request) -> Result<ActorReply, Error> {
        let Some(place) = self.place(role) else { return Ok(ActorReply::Gone(Outcome::Silent)) };
        self.observe(role, request);
        let sent = self.send(place, request, None)?;
        let starting = self.recv(place, sent)?;
        if !matches!(&starting, ActorReply::Replied(reply) if reply.starting) {
            return Ok(starting);
        }
        let answer = self.asleep_or_back(place)?;
        self.actors[place].pending = matches!(answer, ActorReply::Blocked);
        Ok(answer)
    }

    /// Waits until an actor sleeps inside its call, or has come back from it.
    pub(super) fn asleep_or_back(&mut self, place: usize) -> Result<ActorReply, Error> {
        let mut patience = BusyDeadline::of(ANSWER_WITHIN);
        loop {
            // In this order: asleep, and no answer under way, means asleep inside the call.
            let asleep = matches!(proc::state(self.actors[place].pid), Some('S' | '?'));
            let soon = signals::after(Duration::from_millis(if asleep { 1 } else { 5 }));
            match self.recv_until(place, soon)? {
                Received::Timeout if asleep => return Ok(ActorReply::Blocked),
                Received::Timeout if patience.keep_waiting(|| self.busy(place)) => {}
                other => return self.decoded(place, other),
            }
        }
    }

    /// The answer to a call that had blocked, if this role has one under way.
    pub fn come_back(&mut self, role: &str) -> Result<Option<ActorReply>, Error> {
        match self.place(role) {
            Some(place) if self.actors[place].pending => {
                self.actors[place].pending = false;
                self.recv(place, Ok(())).map(Some)
            }
            Some(place) => Ok(self.actors[place].woken.take()),
            None => Ok(None),
        }
    }

    /// The calls that had blocked and have come back since, each with its role.
    pub fn came_back(&mut self) -> Result<Vec<(String, ActorReply)>, Error> {
        let mut back = Vec::new();
        for place in 0..self.actors.len() {
            if let Some(answer) = self.actors[place].woken.take() {
                back.push((self.actors[place].role.clone(), answer));
            }
            if !self.actors[place].pending || self.actors[place].channel.is_none() {
                continue;
            }
            let role = self.actors[place].role.clone();
            match self.asleep_or_back(place)? {
                ActorReply::Blocked => {}
                answer => {
                    self.actors[place].pending = false;
                    back.push((role, answer));
                }
            }
        }
        Ok(back)
    }

    /// Sends a request, with a descriptor that the actor is given. What fails then is for [`Actors::recv`] to judge.
    pub(super) fn send(
        &self,
        place: usize,
        request: &Request,
        gift: Option<&dyn AsFd>,
    ) -> Result<io::Result<()>, Error> {
        let packet = serde_json::to_vec(request)
            .map_err(|error| Error::System("spell a call", io::Error::other(error)))?;
        Ok(match (&self.actors[place].channel, gift) {
            (None, _) => Ok(()),
            (Some(channel), None) => channel.send(&packet),
            (Some(channel), Some(gift)) => channel.send_with(&packet, gift.as_fd()),
        })
    }

    pub(super) fn recv_until(&mut self, place: usize, deadline: Instant) -> Result<Received, Error> {
        let observer = &mut self.observer;
        match &self.actors[place].channel {
            Some(channel) => channel
                .receive_meanwhile(Some(deadline), || observer.pump())
                .map_err(Error::context("hear an actor")),
            None => Ok(Received::End),
        }
    }

    /// Whether an actor has something to do, or waits for one that has and sleeps in a call of its own no more.
    fn busy(&self, place: usize) -> bool {
        let others = self.actors.iter().filter(|actor| actor.pending && actor.channel.is_some());
        let pids = std::iter::once(self.actors[place].pid).chain(others.map(|actor| actor.pid));
        pids.into_iter().any(|pid| self.observer.busy(pid))
    }

    /// The same, until the deadline of a process that may be busy has passed.
    pub(super) fn recv_patiently(&mut self, place: usize) -> Result<Received, Error> {
        let mut patience = BusyDeadline::of(ANSWER_WITHIN);
        loop {
            match self.recv_until(place, patience.deadline())? {
                Received::Timeout if patience.keep_waiting(|| self.busy(place)) => {}
                received => return Ok(received),
            }
        }
    }

    pub(super) fn recv(&mut self, place: usize, sent: io::Result<()>) -> Result<ActorReply, Error> {
        let received = match sent {
            Ok(()) => self.recv_patiently(place)?,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Received::End,
            Err(error) => return Err(Error::System("speak to an actor", error)),
        };
        self.decoded(place, received)
    }

    fn decoded(&mut self, place: usize, received: Received) -> Result<ActorReply, Error> {
        match received {
            Received::Packet(packet, _) => {
                if let Some((signal, code, address)) = memory::read_fault(&packet) {
                    let fault = Some(Fault { address, code });
                    self.leave(place);
                    return Ok(ActorReply::Gone(Outcome::Died { signal, fault }));
                }
                let reply = serde_json::from_slice(&packet);
                let reply: Reply =
                    reply.map_err(|error| Error::System("understand an actor", io::Error::other(error)))?;
                match reply.refused {
                    Some(why) => Err(Error::Refused(refused(&why))),
                    None => Ok(ActorReply::Replied(reply)),
                }
            }
            Received::End => Ok(ActorReply::Gone(match self.leave(place) {
                Some(Ended::Exited(status)) => Outcome::Exited(status),
                Some(Ended::Killed(signal)) => Outcome::Died { signal, fault: None },
                _ => Outcome::Silent,
            })),
            Received::Timeout => {
                process::send(self.actors[place].pid, libc::SIGKILL);
                self.leave(place);
                Ok(ActorReply::Gone(Outcome::Silent))
            }
            Received::Interrupted => Err(Error::Interrupted(signals::ending().unwrap_or(libc::SIGINT))),
        }
    }
}

/// What an actor has refused, in words for the lesson's author.
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
        Refusal::Pipe(name) => format!(
            "would use a descriptor that is not this actor's: it has not made `{name}` with pipe({name}), nor was it forked by an actor that had"
        ),
    }
}
