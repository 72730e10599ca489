//! The stage: real processes that play a lesson's steps. Each step becomes one event: what was called, what
//! came back, what changed. It prints nothing, and whatever happens it leaves nothing behind.

pub mod actor;
mod actors;
mod carriers;
pub mod compare;
mod file_operations;
pub mod ground;
mod guard;
pub mod isolated;
pub mod journal;
mod key_collisions;
pub mod key_file;
mod leaving;
mod ledger;
mod limits;
mod loops;
mod play;
mod race;
mod request;
mod requirements;
mod resolve;
mod resources;
mod scratch;
mod snapshot;
pub mod work_folder;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use actors::Actors;
use journal::Journal;
use ledger::Ledger;
pub use requirements::OTHER_UID;
use resources::ResourceEvent;
pub use resources::{Cleaned, Resources};
use scratch::Scratch;
pub use scratch::place as scratch_place;

use crate::error::{self, Error};
use crate::facts::event::Segment;
use crate::facts::outcome::Bindings;
use crate::lesson::{Script, User};
use crate::sys::evidence::IpcRow;
use crate::sys::namespace::Way;
use crate::sys::terminal::Modes;
use crate::sys::{evidence, process};
use crate::text::path_text;

/// Where a lesson is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// A namespace of its own.
    Sandbox(Way),
    /// The machine's own namespace; `None` because it was asked for, else why a sandbox can't be had.
    Host(Option<String>),
}

/// A key made by ftok: who made it, the name that holds it, the file and the project number.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RunKey {
    role: String,
    name: Option<String>,
    path: String,
    project: i64,
}

/// The stage of one run.
#[derive(Debug)]
pub struct Stage {
    pub ground: Ground,
    pub names: Bindings,
    /// Each role's own variables: after a fork, the parent's and the child's are two.
    variables: BTreeMap<String, Bindings>,
    /// What is worth saying once, before the first step.
    pub warnings: Vec<String>,
    /// Whether the sandbox has the limits that the lesson wants.
    limits_hold: bool,
    users: BTreeMap<String, User>,
    /// The lesson whose segments outlive the run, if they do.
    leaves: Option<String>,
    /// The key file of whoever runs lab, if the lesson uses one.
    key_file: Option<String>,
    actors: Actors,
    scratch: Option<Scratch>,
    ledger: Ledger,
    /// Whether the clean-up was done, or tried.
    torn_down: bool,
    keys: Vec<RunKey>,
    /// Whether it was said that the actors are not observed.
    told_blind: bool,
    /// How long steps have been played so far.
    busy: Duration,
    /// How many bytes the lesson has asked for or filled so far.
    bytes: i64,
}

impl Stage {
    /// Sets the stage for a lesson. `modes`: the terminal's, for the guard to restore.
    pub fn set(
        ground: Ground,
        script: &Script,
        limits_hold: bool,
        modes: Option<Modes>,
    ) -> Result<Stage, Error> {
        process::adopt_orphans();
        let mut warnings = Vec::new();
        let record = match Journal::open() {
            Ok(record) => Some(record),
            Err(error) if script.leaves.is_some() => {
                return Err(Error::Machine(format!(
                    "no record of the segment can be kept ({}), so no other program could know that it is ours: give lab a folder of its own with XDG_STATE_HOME",
                    error::plain(&error.into())
                )));
            }
            Err(error) => {
                if matches!(ground, Ground::Host(_)) {
                    warnings.push(format!(
                        "no record of this run can be kept ({}): should lab and its guard both be killed, `lab clean` will not know of it",
                        error::plain(&error.into())
                    ));
                }
                None
            }
        };
        let ledger = Ledger::open(record, modes).map_err(Error::context("fork the guard"))?;
        let mut stage = Stage {
            ground,
            names: Bindings::new(),
            variables: BTreeMap::new(),
            warnings,
            limits_hold,
            users: script.users.clone(),
            leaves: script.leaves.clone(),
            key_file: None,
            actors: Actors::default(),
            scratch: None,
            ledger,
            torn_down: false,
            keys: Vec::new(),
            told_blind: false,
            busy: Duration::ZERO,
            bytes: 0,
        };
        if let Some(lesson) = script.leaves.clone() {
            stage.note(ResourceEvent::Stays { lesson });
        }
        let shared = !script.users.is_empty();
        stage.scratch = Some(Scratch::make(shared, |note| stage.note(note))?);
        Ok(stage)
    }

    pub fn on_host(&self) -> bool {
        matches!(self.ground, Ground::Host(_))
    }

    /// Identifiers of the segments that exist now because of this run, and the scratch folder: what quitting
    /// removes.
    pub fn holds(&self) -> (Vec<i32>, Option<String>) {
        (self.ledger.resources.living(), self.scratch.as_ref().map(|scratch| path_text(scratch.folder())))
    }

    /// The scratch folder, while the run lasts.
    pub fn folder(&self) -> Option<&Path> {
        self.scratch.as_ref().map(Scratch::folder)
    }

    /// Identifiers of the semaphores and of the message queues that the lesson has not removed. Only a sandbox has any.
    pub fn sets_and_queues(&self) -> (Vec<i32>, Vec<i32>) {
        let ids = |rows: Vec<IpcRow>| rows.into_iter().map(|row| row.id).collect();
        match self.on_host() {
            true => (Vec::new(), Vec::new()),
            false => (ids(evidence::set_rows()), ids(evidence::queue_rows())),
        }
    }

    /// Writes a note down before what it announces is done.
    fn note(&mut self, note: ResourceEvent) {
        // A sandbox's segments end with it; only what survives it is for the record.
        let lasting = matches!(
            note,
            ResourceEvent::Scratch { .. } | ResourceEvent::ScratchMade { .. } | ResourceEvent::Done
        ) || self.on_host();
        if let Err(error) = self.ledger.note(note, lasting) {
            self.warnings.push(format!("the record of this run can't be written: {}", error::plain(&error)));
        }
    }

    /// Ends every actor, removes every segment of this run and the scratch folder. The error names what could not be
    /// removed, and the command that would.
    pub fn tear_down(mut self) -> Result<(), Error> {
        self.clean_up()
    }

    fn clean_up(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.torn_down, true) {
            return Ok(());
        }
        self.actors.end();
        // Its descriptor may be the last one there is.
        self.scratch = None;
        let left = self.still_left(&self.ledger.resources.clean());
        if left.is_empty() {
            self.ledger.close();
            return Ok(());
        }
        self.ledger.leave_to_guard();
        Err(Error::Left(left))
    }

    /// What a clean-up could not remove, in words. IPC_RMID with success only marks a segment that a process has
    /// attached, so the kernel's table is asked afterwards.
    fn still_left(&self, cleaned: &Cleaned) -> Vec<String> {
        let mut left = cleaned.left(|id| match self.on_host() {
            true => format!("try `lab clean`, or `ipcrm -m {id}`"),
            false => "it goes with the sandbox, now".to_owned(),
        });
        let removed = |row: &Segment| cleaned.removed.iter().any(|one| one.shmid == row.shmid);
        left.extend(evidence::settled(removed).into_iter().filter(removed).map(|row| {
            format!(
                "segment {} is marked for removal and goes with its last detach: it is still attached {} time(s), not by lab",
                row.shmid, row.nattch
            )
        }));
        left
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // After a panic or an early return; no caller is left to report an error to.
        let _ = self.clean_up();
    }
}

fn gone() -> Error {
    Error::System("use the scratch folder", io::Error::from(io::ErrorKind::NotFound))
}
