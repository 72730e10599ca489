//! The actors as the narrator holds them: started when first needed, asked one call at a time, each answer with
//! a deadline, ended one by one. A death is an outcome, told with its signal and, where there is one, its fault.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::actor;
use super::request::{Reply, Request};
use crate::kernel::process::{self, Ended};
use crate::kernel::wire::{Received, Wire};
use crate::kernel::{memory, signals};
use crate::lesson::{Fault, Outcome};
use crate::trouble::Trouble;

/// How long a call may take before its process counts as stuck.
const ANSWER: Duration = Duration::from_secs(2);

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    Replied(Reply),
    /// The actor is gone.
    Gone(Outcome),
}

#[derive(Debug)]
struct Actor {
    role: String,
    pid: i32,
    wire: Wire,
}

/// All actors that live.
#[derive(Debug, Default)]
pub struct Cast(Vec<Actor>);

impl Cast {
    /// Role and pid of every living actor, in the order of their entrance.
    pub fn members(&self) -> impl Iterator<Item = (&str, i32)> {
        self.0.iter().map(|actor| (actor.role.as_str(), actor.pid))
    }

    /// The pid of a role; the role enters if nobody plays it.
    ///
    /// The actor is an exec of this same binary, as an unrelated program would be: forked siblings share one
    /// memory layout and would attach at the same address (kernel-facts AT28). `guard` stays open in it, so
    /// that the guard acts only when the last actor has ended.
    ///
    /// # Errors
    /// fork's and the socket's own.
    pub fn enter(&mut self, role: &str, scratch: &Path, guard: Option<&Wire>) -> Result<i32, Trouble> {
        if let Some(actor) = self.0.iter().find(|actor| actor.role == role) {
            return Ok(actor.pid);
        }
        let (wire, theirs) = Wire::pair().map_err(Trouble::while_doing("open a socket to an actor"))?;
        let narrator = process::own_pid();
        let pid = process::spawn(false, || {
            signals::reset_in_child();
            process::leave_group();
            process::no_core_file();
            process::silence(&[0, 1, 2]);
            let _ = process::go_to(scratch);
            theirs.keep_over_exec();
            if let Some(guard) = guard {
                guard.keep_over_exec();
            }
            let (fd, narrator) = (theirs.number().to_string(), narrator.to_string());
            let args = ["lab", "actor", role, &fd, &narrator].map(String::from);
            let _no_proc = process::exec_self(&args);
            // Without /proc there is no path to this binary: the fork itself plays the role. It holds copies of
            // the narrator's ends and must close them, or it would never see the narrator's end.
            wire.close_copy();
            self.0.iter().for_each(|actor| actor.wire.close_copy());
            actor::serve(&theirs, role)
        });
        let pid = pid.map_err(Trouble::while_doing("fork an actor"))?;
        self.0.push(Actor { role: role.into(), pid, wire });
        Ok(pid)
    }

    /// Has a role make a call.
    ///
    /// # Errors
    /// A signal that ends the run, or a wire that fails.
    pub fn ask(&mut self, role: &str, request: &Request) -> Result<Answer, Trouble> {
        let Some(place) = self.0.iter().position(|actor| actor.role == role) else {
            return Ok(Answer::Gone(Outcome::Silent));
        };
        let packet = serde_json::to_vec(request)
            .map_err(|error| Trouble::System("spell a call", io::Error::other(error)))?;
        let actor = &self.0[place];
        let received = match actor.wire.send(&packet) {
            Ok(()) => actor.wire.receive(Some(signals::after(ANSWER))),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Received::End),
            Err(error) => Err(error),
        };
        match received.map_err(Trouble::while_doing("hear an actor"))? {
            Received::Packet(packet) => {
                if let Some((signal, code, address)) = memory::read_fault(&packet) {
                    let fault = Some(Fault { address, code });
                    self.leave(place);
                    return Ok(Answer::Gone(Outcome::Died { signal, fault }));
                }
                let reply = serde_json::from_slice(&packet)
                    .map_err(|error| Trouble::System("understand an actor", io::Error::other(error)))?;
                Ok(Answer::Replied(reply))
            }
            Received::End => Ok(Answer::Gone(match self.leave(place) {
                Some(Ended::Exited(status)) => Outcome::Exited(status),
                Some(Ended::Killed(signal)) => Outcome::Died { signal, fault: None },
                _ => Outcome::Silent,
            })),
            Received::Timeout => {
                process::send(actor.pid, libc::SIGKILL);
                self.leave(place);
                Ok(Answer::Gone(Outcome::Silent))
            }
            Received::Interrupted => Err(Trouble::Interrupted(signals::ending().unwrap_or(libc::SIGINT))),
        }
    }

    /// Takes an actor off the stage; how it ended.
    fn leave(&mut self, place: usize) -> Option<Ended> {
        let Actor { pid, wire, .. } = self.0.remove(place);
        drop(wire);
        process::end(pid, ANSWER)
    }

    /// Ends everybody: the wires close, and whoever does not go is killed.
    pub fn end(&mut self) {
        let pids: Vec<_> = self.0.drain(..).map(|actor| actor.pid).collect();
        for pid in pids {
            process::end(pid, Duration::from_millis(500));
        }
    }
}

impl Drop for Cast {
    fn drop(&mut self) {
        self.end();
    }
}
