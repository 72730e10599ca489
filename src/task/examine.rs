//! A submission, examined: built once, and played once for each check, in a session of its own whose scratch folder and
//! guard are those of a lesson's run. What came of it is handed back; it judges nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::build::{self, Built};
use super::play::{self, Ground};
use super::{Played, Submission, Wording, every_order};
use crate::error::{self, Error};
use crate::lesson::Script;
use crate::lesson::task::Task;
use crate::runner::{self, Stage, ground, journal};
use crate::sys::namespace::Way;
use crate::sys::reporting_child::ReportingChild;
use crate::sys::{jail, namespace, process, ptrace, signals};

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    pub built: Vec<Built>,
    /// A play for each check; none where a program does not build.
    pub plays: Vec<Played>,
}

impl Examined {
    pub fn builds(&self) -> bool {
        self.built.iter().all(|built| built.error.is_none())
    }
}

/// Why it was not examined.
#[derive(Debug, Serialize, Deserialize)]
enum Failure {
    Machine(String),
    Other(String),
}

/// Examines a submission. `wording` words what the tracer saw.
///
/// # Errors
/// [`Error::Machine`] for a machine without a compiler, a sandbox or a way to make calls fail; what could not be set up; a
/// signal that ended the run.
pub fn examine(task: &Task, files: &Submission, wording: Wording) -> Result<Examined, Error> {
    if task.programs.iter().any(|program| program.build.is_none()) {
        build::compiler()?;
    }
    if !ptrace::CAN_REFUSE && task.checks.iter().any(|check| check.fail.is_some()) {
        let what =
            "lab can make a program's calls fail on x86-64 only, and this task has a check that needs it";
        return Err(Error::Machine(what.into()));
    }
    let failed = Error::context("start a process to examine the programs");
    let child = ReportingChild::that_reports(|| {
        process::set_name("lab-examine");
        process::set_umask(0o022);
        journal::dead().dead.into_iter().for_each(|dead| drop(dead.tidy()));
        session(task, files, wording).map_err(|error| match error {
            Error::Machine(why) => Failure::Machine(why),
            other => Failure::Other(other.to_string()),
        })
    });
    let (report, _) = child.and_then(ReportingChild::wait).map_err(failed)?;
    Error::if_signalled(signals::check())?;
    let other = |why: String| Error::System("examine the programs", std::io::Error::other(why));
    match postcard::from_bytes::<Result<Examined, Failure>>(&report) {
        Ok(Ok(examined)) => Ok(examined),
        Ok(Err(Failure::Machine(why))) => Err(Error::Machine(why)),
        Ok(Err(Failure::Other(why))) => Err(other(why)),
        Err(_) => Err(other("the process that examines them has gone".into())),
    }
}

fn session(task: &Task, files: &Submission, wording: Wording) -> Result<Examined, Error> {
    let refused = |call: &str, error: &std::io::Error| {
        let why = error::plain_of(call, error);
        Error::Machine(format!("a task needs a sandbox, and there is none here: {call} was refused, {why}"))
    };
    let way = ground::sandbox_way()?.map_err(|(call, error)| refused(&call, &error))?;
    namespace::enter(way).map_err(|(call, error)| refused(call, &error))?;
    let stage = Stage::set(runner::Ground::Sandbox(way), &Script::default(), true, None)?;
    let examined = in_folder(way, task, files, wording, stage.folder());
    match (examined, stage.tear_down()) {
        (Err(error), Err(left)) => Err(error.and(&left)),
        (examined, torn_down) => torn_down.and(examined),
    }
}

fn in_folder(
    way: Way,
    task: &Task,
    files: &Submission,
    wording: Wording,
    scratch: Option<&Path>,
) -> Result<Examined, Error> {
    let none = || Error::System("use the scratch folder", std::io::ErrorKind::NotFound.into());
    let scratch = scratch.ok_or_else(none)?;
    let (built, room) = (scratch.join("built"), scratch.join("room"));
    let set_up = || -> std::io::Result<()> {
        for folder in [&built, &room] {
            fs::create_dir(folder)?;
        }
        if process::own_uid() == 0 {
            // Programs run as another user there.
            for folder in [scratch, &built, &room] {
                fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
            }
        }
        build::copy(files, &built, &[])?;
        jail::give(&built)
    };
    set_up().map_err(Error::context("lay out the programs"))?;
    let mut examined = Examined::default();
    for program in &task.programs {
        examined.built.push(build::build(way, program, files, &built)?);
    }
    if !examined.builds() {
        return Ok(examined);
    }
    let ground = Ground { way, task, files, built: &built, room: &room, wording };
    for check in &task.checks {
        let played = match check.play.every_order {
            true => every_order::play(&ground, check),
            false => play::play(&ground, check),
        };
        examined.plays.push(played?);
    }
    Ok(examined)
}
