//! What `lab server` and `lab client` have in common: the key file, the look at what has its key, the play in the
//! machine's own namespace. They touch no segment but one that a record of ours matches in every field.

use super::{clean, library, step_through};
use crate::cli::{RunOptions, TerminalArgs};
use crate::error::Error;
use crate::facts::event::Segment;
use crate::facts::outcome::Value;
use crate::output::line::{Line, labelled};
use crate::runner::journal::{self, Waiting};
use crate::runner::key_file::KeyFile;
use crate::runner::{Stage, ground};
use crate::session::{Keyboard, Output, Player};
use crate::sys::terminal::{self, Modes};
use crate::sys::{evidence, process, signals, since_1970};

/// Which of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Server,
    Client,
}

/// What has the key.
pub enum Seen {
    Nothing {
        key: Value,
    },
    /// The segment of a server of ours.
    Waiting(Box<Found>),
    /// Another one: whose, and what to do.
    Foreign(String),
}

/// The segment of a server of ours.
pub struct Found {
    waiting: Waiting,
    /// What to know before it is read.
    pub warning: Option<String>,
}

/// How it is with it.
pub enum WaitingState {
    /// The server has ended, so long ago.
    Waits(String),
    ServerRuns(i32),
    ServerKilled(i32),
    ClientRuns(i32),
    ClientKilled(i32),
    /// Another command has the record.
    Held,
}

impl Found {
    /// `segment 5 with the key 0x4c00c401`
    pub fn segment(&self) -> String {
        named(&self.waiting.row)
    }

    pub fn rss(&self) -> Option<u64> {
        self.waiting.row.rss
    }

    pub fn state(&self) -> WaitingState {
        let run = &self.waiting.run;
        match (self.waiting.is_held(), run.taken) {
            (true, Some(client)) => WaitingState::ClientRuns(client),
            (false, Some(client)) => WaitingState::ClientKilled(client),
            (true, None) if run.left => WaitingState::Held,
            (true, None) => WaitingState::ServerRuns(run.main_process()),
            (false, None) if run.left => {
                let age = since_1970().as_secs().cast_signed() - self.waiting.row.ctime;
                WaitingState::Waits(clean::ago(age))
            }
            (false, None) => WaitingState::ServerKilled(run.main_process()),
        }
    }
}

fn named(row: &Segment) -> String {
    format!("segment {} with the key {}", row.shmid, Value::Key(row.key))
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Server => "server",
            Role::Client => "client",
        }
    }

    fn other(self) -> &'static str {
        match self {
            Role::Server => "lab client",
            Role::Client => "lab server",
        }
    }
}

/// Plays a program; `begins` decides by what has the key whether it may, and which segment it takes over.
pub fn play(
    role: Role,
    args: TerminalArgs,
    message: Option<String>,
    begins: impl FnOnce(Seen) -> Result<Option<Box<Found>>, Error>,
) -> Result<(), Error> {
    let mut lesson = library::terminal(role.name())?;
    let TerminalArgs { file, project, pauses, from, json, looks } = args;
    let given = file.is_some() || project.is_some();
    let args = RunOptions { message, pauses, from, json, looks, host: true, ..RunOptions::default() };
    let wanted = step_through::wanted(&args, &lesson, false)?;
    let interactive = !args.pauses.no_pause && !json && terminal::interactive();
    signals::take_over(interactive || args.pauses.line);
    let key_file = KeyFile::find(file.as_deref(), project)?;
    let ground = ground::shared()?;
    let mut warnings = clean::silently();
    let mut found = begins(look(&key_file)?)?;
    key_file.put_into(&mut lesson.script);
    let modes = if interactive && !args.pauses.line { Modes::read() } else { None };
    let mut stage = Stage::set(ground, &lesson.script, false, modes.clone())?;
    stage.use_key_file(&key_file);
    if let Some(Found { waiting, warning }) = found.as_deref_mut() {
        waiting.take().map_err(Error::context("write into the record of the segment"))?;
        stage.adopt(waiting);
        warnings.extend(warning.take());
    }
    stage.warnings.append(&mut warnings);
    let screen = args.looks.screen();
    if !json {
        screen.show(&told(role, &key_file, given))?;
    }
    let keyboard = Keyboard::new(step_through::pause(&args, modes));
    let output = if json { Output::Tool } else { Output::Person(screen) };
    let played = Player::new(&lesson, stage, output, keyboard, wanted).perform();
    let left = found.and_then(|found| found.waiting.give_back());
    if let (Some(row), false) = (left, json || matches!(played, Err(Error::Output(_)))) {
        // Best effort: what ended the run may have closed the screen too.
        let _ = args.looks.screen().say(&format!(
            "Segment {} stays as it is: run `lab client` again to read and remove it, or remove it with `lab clean`.",
            row.shmid
        ));
    }
    played.map(|_| ())
}

/// Where the two meet: said first, since the other one needs it.
fn told(role: Role, key_file: &KeyFile, given: bool) -> Vec<Line> {
    let KeyFile { path, link_to, project, .. } = key_file;
    let mut text = path.clone();
    if let Some(target) = link_to {
        text += &format!(" (a link to {target}, which is the file that ftok() sees)");
    }
    text += &format!(", project {}. ", project.expr());
    text += &match given {
        true => format!("Your `{}` needs the same --file and --project.", role.other()),
        false => format!("Your `{}` uses the same in every terminal.", role.other()),
    };
    vec![labelled("KEY FILE", text)]
}

/// What has the key now.
fn look(key_file: &KeyFile) -> Result<Seen, Error> {
    let Some((rows, _)) = evidence::segments() else {
        return Err(Error::Machine(
            "this machine does not let lab list its segments (no /proc, no SHM_STAT_ANY), so lab could not tell the server's segment from another's; `lab step-through` plays both programs in a sandbox"
                .into(),
        ));
    };
    let Some(row) = rows.into_iter().find(|row| row.key == key_file.key) else {
        return Ok(Seen::Nothing { key: Value::Key(key_file.key) });
    };
    match journal::waiting(&row) {
        Some(waiting) => Ok(Seen::Waiting(Box::new(Found { waiting, warning: None }))),
        None => Ok(Seen::Foreign(foreign(&row))),
    }
}

/// A segment that no server of ours has left: whose it is, and what to do.
fn foreign(row: &Segment) -> String {
    let (mine, id) = (row.uid == process::own_uid(), row.shmid);
    let owner = if mine { "you".to_owned() } else { format!("user {}", row.uid) };
    let remove = if mine {
        format!("remove it with `ipcrm -m {id}` if no program needs it, or ")
    } else {
        String::new()
    };
    format!(
        "{} is there already, and no record says that a `lab server` of yours made it: it belongs to {owner}, has mode 0{:03o} and {} bytes, and was made by process {}. lab does not touch it; {remove}choose another key file with `--file` or another project with `--project`",
        named(row),
        row.mode,
        row.size,
        row.cpid
    )
}
