//! The actors as the main process holds them: started when first needed, asked one call at a time, each answer with a
//! deadline, ended one by one. A death is an outcome, with its signal and, where there is one, its fault.

mod ask;

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::actor;
use super::request::{self, Reply, Request};
use crate::error::Error;
use crate::facts::event::Member;
use crate::facts::outcome::Outcome;
use crate::sys::channel::{Channel, Received};
use crate::sys::status::Ended;
use crate::sys::step_tracer::StepTracer;
use crate::sys::{proc, process, signals};
pub use ask::ActorReply;

/// How long a call may take before its process counts as stuck.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// How long an actor may take to go when the play is over; then it is killed.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);
/// The most processes of a lesson, the dead included.
const MAX_PROCESSES: usize = 16;

#[derive(Debug)]
struct ActorHandle {
    role: String,
    pid: i32,
    /// None once it has ended.
    channel: Option<Channel>,
    /// The role that forked it; none for the main process's own children.
    parent: Option<String>,
    /// A call that has not come back yet.
    pending: bool,
    /// The answer to one that had blocked, if it came while something else was asked.
    woken: Option<ActorReply>,
}

/// Every actor that was started, the dead included.
#[derive(Debug, Default)]
pub struct Actors {
    actors: Vec<ActorHandle>,
    observer: StepTracer,
    /// Why the actors are not observed, if they are not.
    pub unobserved: Option<io::Error>,
}

/// What a new actor needs to know.
#[derive(Debug)]
pub struct SpawnOptions<'a> {
    pub scratch: &'a Path,
    /// Stays open in every actor, so that the guard acts only when the last one has ended.
    pub guard: Option<&'a Channel>,
    /// The user it becomes.
    pub uid: Option<u32>,
}

impl Actors {
    /// Role and pid of every living actor, in the order in which they were started.
    pub fn living(&self) -> impl Iterator<Item = (&str, i32)> {
        self.actors
            .iter()
            .filter(|actor| actor.channel.is_some())
            .map(|actor| (actor.role.as_str(), actor.pid))
    }

    /// Every actor, with the state that the kernel shows.
    pub fn members(&self) -> Vec<Member> {
        let state = |actor: &ActorHandle| match (&actor.channel, proc::state(actor.pid)) {
            (None, Some('Z')) => Some('Z'),
            (None, _) => None,
            (Some(_), state) => state,
        };
        let member =
            |actor: &ActorHandle| Member { role: actor.role.clone(), pid: actor.pid, state: state(actor) };
        self.actors.iter().map(member).collect()
    }

    fn place(&self, role: &str) -> Option<usize> {
        self.actors.iter().position(|actor| actor.role == role && actor.channel.is_some())
    }

    /// Whether a role lives and is not inside a call.
    pub fn answers(&self, role: &str) -> bool {
        self.place(role).is_some_and(|place| !self.actors[place].pending)
    }

    /// The pid of a role's actor, if it was started and lives.
    pub fn pid(&self, role: &str) -> Option<i32> {
        self.place(role).map(|place| self.actors[place].pid)
    }

    /// The pid of a role's actor, which is started if there is none.
    ///
    /// The actor is an exec of this same binary, as an unrelated program would be: forked siblings share one
    /// memory layout and would attach at the same address (kernel-facts AT28).
    pub fn enter(&mut self, role: &str, entrance: &SpawnOptions<'_>) -> Result<i32, Error> {
        if let Some(pid) = self.pid(role) {
            return Ok(pid);
        }
        self.room()?;
        let (channel, theirs) = Channel::pair().map_err(Error::context("open a socket to an actor"))?;
        let pid = process::spawn(false, || {
            signals::reset_in_child();
            process::leave_group();
            process::no_core_file();
            process::silence(&[0, 1, 2]);
            let _ = std::env::set_current_dir(entrance.scratch);
            let kept = [Some(&theirs), entrance.guard].into_iter().flatten();
            process::close_all_but(&kept.map(Channel::number).collect::<Vec<_>>());
            if let Some(guard) = entrance.guard {
                guard.keep_over_exec();
            }
            if entrance.uid.is_some_and(|uid| process::become_user(uid).is_err()) {
                return 1;
            }
            let _no_proc = process::exec_self(&request::exec_args(&theirs, role, false));
            // Without /proc this binary has no path: the fork itself plays the role. It holds copies of
            // the main process's ends and must close them, or it would never see that process end.
            channel.close_copy();
            self.actors.iter().filter_map(|actor| actor.channel.as_ref()).for_each(Channel::close_copy);
            actor::serve(theirs, role, false)
        });
        let pid = pid.map_err(Error::context("fork an actor"))?;
        if let Err(error) = self.observer.watch(pid) {
            self.unobserved = Some(error);
        }
        self.enters(role, pid, channel, None);
        // It says that it is there. If it ends instead, that is the first call's outcome.
        match self.recv_patiently(self.actors.len() - 1)? {
            Received::Interrupted => {
                return Err(Error::Interrupted(signals::ending().unwrap_or(libc::SIGINT)));
            }
            Received::Timeout => process::send(pid, libc::SIGKILL),
            Received::End => {}
            Received::Packet(packet, _) => {
                if let Ok(Reply { result: Err(errno), .. }) = serde_json::from_slice(&packet) {
                    let error = io::Error::from_raw_os_error(errno);
                    return Err(Error::System("confine a process of the lesson", error));
                }
            }
        }
        Ok(pid)
    }

    /// A new actor takes the place of a dead one of its role.
    fn enters(&mut self, role: &str, pid: i32, channel: Channel, parent: Option<String>) {
        self.actors.retain(|actor| actor.role != role);
        let (role, channel) = (role.into(), Some(channel));
        self.actors.push(ActorHandle { role, pid, channel, parent, pending: false, woken: None });
    }

    fn room(&self) -> Result<(), Error> {
        if self.actors.len() < MAX_PROCESSES {
            return Ok(());
        }
        Err(Error::Refused(format!("a lesson has at most {MAX_PROCESSES} processes")))
    }

    /// Has a role fork; the child plays `child`.
    pub fn fork(&mut self, role: &str, request: &Request, child: &str) -> Result<ActorReply, Error> {
        self.room()?;
        if self.place(child).is_some() {
            return Err(Error::Refused(format!("`{child}` plays already and can't be forked again")));
        }
        let (channel, theirs) = Channel::pair().map_err(Error::context("open a socket to an actor"))?;
        let Some(place) = self.place(role) else { return Ok(ActorReply::Gone(Outcome::Silent)) };
        self.observe(role, request);
        let sent = self.send(place, request, Some(&theirs))?;
        drop(theirs);
        let answer = self.recv(place, sent)?;
        if let ActorReply::Replied(Reply { result: Ok(pid), .. }) = &answer {
            self.enters(child, i32::try_from(*pid).unwrap_or(0), channel, Some(role.into()));
        }
        Ok(answer)
    }

    /// Sends a signal to a role and, if its actor ends of it, removes it; returns whether it ended.
    pub fn kill(&mut self, role: &str, signal: i32) -> bool {
        let Some(place) = self.place(role) else { return false };
        process::send(self.actors[place].pid, signal);
        if matches!(signal, libc::SIGKILL | libc::SIGTERM | libc::SIGINT | libc::SIGHUP | libc::SIGQUIT) {
            // The end of its wire is the end of the process: both close together.
            let _ = self.recv_until(place, signals::after(ANSWER_WITHIN));
            self.leave(place);
        }
        true
    }

    /// Removes an actor that has ended; returns how it ended. Only a parent can take a status, so the end of a forked
    /// child is asked of the actor that forked it, which keeps the zombie.
    fn leave(&mut self, place: usize) -> Option<Ended> {
        let ended = self.reap(place);
        // A child dies with the actor that forked it, and is ours to reap then.
        let role = self.actors[place].role.clone();
        let orphan = |actor: &ActorHandle| actor.channel.is_some() && actor.parent.as_ref() == Some(&role);
        while let Some(child) = self.actors.iter().position(orphan) {
            self.actors[child].parent = None;
            self.leave(child);
        }
        ended
    }

    fn reap(&mut self, place: usize) -> Option<Ended> {
        self.actors[place].channel = None;
        let (pid, parent) = (self.actors[place].pid, self.actors[place].parent.clone());
        let Some(parent) = parent else {
            return self.observer.end_of(pid).or_else(|| process::end(pid, ANSWER_WITHIN));
        };
        let parent = self.place(&parent)?;
        if self.actors[parent].pending {
            match self.asleep_or_back(parent).ok()? {
                // It can't be asked now.
                ActorReply::Blocked => return self.end_seen(pid),
                answer => {
                    self.actors[parent].pending = false;
                    self.actors[parent].woken = Some(answer);
                }
            }
        }
        let sent = self.send(parent, &Request::Fate { pid }, None).ok()?;
        match self.recv(parent, sent).ok()? {
            ActorReply::Replied(Reply { result: Ok(fate), .. }) => match i32::try_from(fate).ok()? {
                fate if fate < 0 => None,
                fate if fate < 256 => Some(Ended::Exited(fate)),
                fate => Some(Ended::Killed(fate - 256)),
            },
            _ => None,
        }
    }

    /// How a forked child ended, as its tracer has seen it; none where it has none. It has closed its wire, which comes
    /// a moment before its end.
    fn end_seen(&mut self, pid: i32) -> Option<Ended> {
        let deadline = signals::after(ANSWER_WITHIN);
        while !matches!(proc::state(pid), Some('Z') | None) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.observer.pump();
        self.observer.end_of(pid)
    }

    /// Ends every actor: closes their wires, and kills those that do not go, the children's children first. When it
    /// returns they are gone, and with them all that they had attached.
    pub fn end(&mut self) {
        let mut orphans = Vec::new();
        for actor in self.actors.drain(..).rev() {
            let ActorHandle { pid, channel, parent, pending, .. } = actor;
            let lives = channel.is_some();
            drop(channel);
            if lives && (pending || parent.is_some()) {
                process::send(pid, libc::SIGKILL);
            }
            match parent {
                _ if !lives => {}
                Some(_) => orphans.push(pid),
                None => {
                    process::end(pid, LEAVE_WITHIN);
                }
            }
        }
        // Killed is not yet gone, and only now that their parents have ended are they ours to wait for.
        for pid in orphans {
            process::end(pid, LEAVE_WITHIN);
        }
        process::reap_strangers();
    }
}

impl Drop for Actors {
    fn drop(&mut self) {
        self.end();
    }
}
