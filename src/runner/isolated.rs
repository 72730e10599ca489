//! Plays a script in a process of its own and hands its events back: whoever asks enters no sandbox, and no script
//! meets another's segments. A lesson's validation, a question's proof and whatever else is judged by a run are
//! played here. It judges nothing and words no fact.

use std::io::PipeWriter;

use serde::{Deserialize, Serialize};

use super::{Ground, Stage, ground, journal};
use crate::constants;
use crate::error::Error;
use crate::facts::event::Event;
use crate::facts::outcome::Bindings;
use crate::lesson::{Action, Script};
use crate::sys::reporting_child::{ReportingChild, report};
use crate::sys::status::Ended;
use crate::sys::{process, signals};

/// What is played, and for whom.
#[derive(Debug, Clone, Default)]
pub struct Play<'a> {
    /// The lesson's name; empty for a question's proof.
    pub name: &'a str,
    /// Whether it is a stranger's: then nothing is played without a sandbox.
    pub outside: bool,
    /// What names stand for before the first action.
    pub names: Bindings,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Played {
    /// Of every action that was played, in order.
    pub events: Vec<Event>,
    pub end: End,
}

/// How a script's play ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct End {
    /// Why there was no sandbox, where there was none.
    pub on_host: Option<String>,
    /// Segments that its own actions did not remove; lab has removed them.
    pub segments: Vec<i32>,
    /// Semaphores likewise.
    pub semaphores: Vec<i32>,
    /// Message queues likewise.
    pub queues: Vec<i32>,
    /// What ended it early.
    pub failure: Option<Failure>,
}

/// Why it ended early, in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failure {
    /// This machine can't play it.
    Machine(String),
    /// It asks for something that it may not do.
    Refused(String),
    /// Something failed, or the process that played it died.
    Other(String),
}

/// What travels back.
#[derive(Serialize, Deserialize)]
enum Message {
    Event(Box<Event>),
    End(End),
}

/// Plays a script in a process of its own, until `go_on` has seen enough. It fails where no process can be started, or
/// a signal ends our own run; what ends the script's is in [`End`].
pub fn play(
    script: &Script,
    what: &Play<'_>,
    go_on: impl Fn(&Action, &Event) -> bool,
) -> Result<Played, Error> {
    Error::if_signalled(signals::check())?;
    let failed = Error::context("start a process to ask the kernel");
    let child = ReportingChild::start(|mut out| {
        process::set_name("lab-play");
        process::set_umask(0o077);
        // Whoever asks for this play reports what dead runs have left and can't be removed.
        journal::dead().dead.into_iter().for_each(|dead| drop(dead.tidy()));
        let mut end = End::default();
        let error = perform(script, what, &go_on, &mut out, &mut end).err();
        end.failure = error.map(|error| Failure::of(&error));
        report(&mut out, &Message::End(end));
    });
    let (reported, ended) = child.and_then(ReportingChild::wait).map_err(failed)?;
    Error::if_signalled(signals::check())?;
    Ok(understood(&reported, ended))
}

/// The child's work.
fn perform(
    script: &Script,
    what: &Play<'_>,
    go_on: &dyn Fn(&Action, &Event) -> bool,
    out: &mut PipeWriter,
    end: &mut End,
) -> Result<(), Error> {
    let (ground, limits_hold) = ground::choose(false, script, what.name, what.outside)?;
    if let Ground::Host(why) = &ground {
        end.on_host.clone_from(why);
    }
    let mut stage = Stage::set(ground, script, limits_hold, None)?;
    stage.names.extend(what.names.clone());
    let mut actions = || {
        for action in &script.actions {
            let event = Box::new(stage.play(action)?);
            let more = go_on(action, &event);
            report(out, &Message::Event(event));
            if !more {
                break;
            }
        }
        Ok(())
    };
    let played: Result<(), Error> = actions();
    end.segments = stage.holds().0;
    (end.semaphores, end.queues) = stage.sets_and_queues();
    match (played, stage.tear_down()) {
        (Err(error), Err(left)) => Err(error.and(&left)),
        (played, torn_down) => played.and(torn_down),
    }
}

/// What was reported, as far as it came.
fn understood(mut reported: &[u8], ended: Option<Ended>) -> Played {
    let mut played = Played::default();
    while let Ok((message, rest)) = postcard::take_from_bytes(reported) {
        reported = rest;
        match message {
            Message::Event(event) => played.events.push(*event),
            Message::End(end) => return Played { end, ..played },
        }
    }
    let how = match ended {
        Some(Ended::Killed(signal)) => format!("was killed by {}", constants::signal(signal)),
        Some(Ended::Exited(status)) => format!("ended with status {status}"),
        Some(Ended::Unknown) | None => "is gone".into(),
    };
    played.end.failure = Some(Failure::Other(format!("the process that played it {how}")));
    played
}

impl Failure {
    fn of(error: &Error) -> Failure {
        let words = error.to_string();
        match error.status() {
            3 => Failure::Machine(words),
            4 => Failure::Refused(words),
            _ => match error.signal() {
                Some(signal) => Failure::Other(format!("{} ended it", constants::signal(signal))),
                None => Failure::Other(words),
            },
        }
    }
}
