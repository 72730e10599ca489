//! The stage: real processes that play a lesson's steps. Each step becomes one event: what was called, what
//! came back, what changed. It prints nothing, and whatever happens it leaves nothing behind.

pub mod actor;
mod cast;
mod guard;
mod ledger;
pub mod record;
mod request;
mod resolve;
mod scratch;

use std::io;
use std::time::SystemTime;

use cast::{Answer, Cast};
use guard::Guard;
pub use ledger::Cleaned;
use ledger::{Ledger, Note};
use record::Record;
use request::{Reply, Request};
pub use resolve::shown;
use scratch::Scratch;

use crate::event::{Content, Event, FileFact, Segment, Snapshot};
use crate::kernel::namespace::Way;
use crate::kernel::terminal::Modes;
use crate::kernel::{evidence, process, shm, signals};
use crate::lesson::{Bindings, Expect, Function, LAB, Outcome, Step, Value};
use crate::names;
use crate::trouble::{self, Trouble};

/// Where a lesson is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// A namespace of its own.
    Sandbox(Way),
    /// The machine's own namespace; `None` because it was asked for, else why there is no sandbox.
    Host(Option<String>),
}

/// How often another key file is tried when a key turns out to be taken.
const TRIES: usize = 16;
/// How many bytes of a segment the picture shows.
const SHOWN_BYTES: usize = 64;

/// The stage of one run.
#[derive(Debug)]
pub struct Stage {
    pub ground: Ground,
    pub names: Bindings,
    cast: Cast,
    scratch: Option<Scratch>,
    ledger: Ledger,
    record: Option<Record>,
    guard: Option<Guard>,
    modes: Option<Modes>,
    notes: Vec<Note>,
    /// Keys made by ftok so far: role, name, file, project.
    keys: Vec<(String, Option<String>, String, i32)>,
    /// What is worth saying once, before the first step.
    pub warnings: Vec<String>,
}

impl Stage {
    /// Sets the stage. `modes`: the terminal's, for the guard to restore.
    ///
    /// # Errors
    /// No guard, no scratch folder: the machine is out of something.
    pub fn set(ground: Ground, modes: Option<Modes>) -> Result<Stage, Trouble> {
        let mut stage = Stage {
            ground,
            names: Bindings::new(),
            cast: Cast::default(),
            scratch: None,
            ledger: Ledger::default(),
            record: None,
            guard: None,
            modes,
            notes: Vec::new(),
            keys: Vec::new(),
            warnings: Vec::new(),
        };
        let opening = Ledger::opening();
        stage.ledger.take(opening.clone());
        stage.notes.push(opening);
        match Record::open() {
            Ok(record) => stage.record = Some(record),
            Err(error) if stage.on_host() => stage.warnings.push(format!(
                "no record of this run can be kept ({}): should lab and its guard both be killed, `lab clean` will not know of it",
                trouble::plain(&error)
            )),
            Err(_) => {}
        }
        let guard = Guard::start(stage.modes.as_ref(), &stage.notes);
        stage.guard = Some(guard.map_err(Trouble::while_doing("fork the guard"))?);
        stage.scratch = Some(Scratch::make(|path| stage.note(Note::Scratch { path: path.into() }))?);
        Ok(stage)
    }

    pub fn on_host(&self) -> bool {
        matches!(self.ground, Ground::Host(_))
    }

    /// Identifiers of the segments that exist now because of this run, and the scratch folder: what quitting
    /// removes.
    pub fn holds(&self) -> (Vec<i32>, Option<String>) {
        (self.ledger.living(), self.scratch.as_ref().map(|scratch| shown(scratch.folder())))
    }

    /// Writes a note down before what it announces is done: ledger, record, guard.
    fn note(&mut self, note: Note) {
        self.ledger.take(note.clone());
        self.notes.push(note.clone());
        // A sandbox's segments end with it; only what survives it is for the record.
        let lasting = matches!(note, Note::Scratch { .. } | Note::Done) || self.on_host();
        if let (true, Some(record)) = (lasting, &mut self.record)
            && let Err(error) = record.write(&note)
        {
            let why = trouble::plain(&error);
            self.warnings.push(format!("the record of this run can't be written: {why}"));
            self.record = None;
        }
        let told = self.guard.as_ref().map(|guard| guard.tell(&note));
        if matches!(told, Some(Err(_))) {
            // Somebody killed the guard. Another one learns everything from the start.
            if let Some(gone) = self.guard.take() {
                gone.release();
            }
            self.guard = Guard::start(self.modes.as_ref(), &self.notes).ok();
        }
    }

    /// Plays one step.
    ///
    /// # Errors
    /// A signal that ends the run, a refusal, a machine that is out of something. A call that fails, or a
    /// process that dies, is no error but the event's outcome.
    pub fn play(&mut self, step: &Step) -> Result<Event, Trouble> {
        let mut notes = Vec::new();
        loop {
            if let Some(signal) = signals::check() {
                return Err(Trouble::Interrupted(signal));
            }
            let mut event = self.once(step)?;
            let taken = self.taken(step, &event);
            if taken.is_none() || notes.len() >= TRIES {
                event.notes.splice(0..0, notes);
                return Ok(event);
            }
            notes.extend(taken);
            self.take_other_keys()?;
        }
    }

    fn once(&mut self, step: &Step) -> Result<Event, Trouble> {
        let spec = step.call.spec();
        let file = self.file_fact(step);
        let pid = if step.who == LAB { process::own_pid() } else { self.enter(&step.who)? };
        let call = resolve::spelled(&step.call, &self.names);
        let before = self.look();
        let (outcome, stat) = match spec.map(|spec| spec.function) {
            Some(Function::Create) => (self.create(step), None),
            _ => self.ask(step, pid)?,
        };
        if let (Some(name), Outcome::Returned(value)) = (&step.call.bind, &outcome) {
            self.names.insert(name.clone(), value.clone());
        }
        let after = self.look();
        for shmid in self.ledger.living() {
            if after.segments.is_some() && after.segment(shmid).is_none() {
                self.note(Note::Gone { shmid });
            }
        }
        let segment = self.concerned(step, &outcome, &before);
        let content = self.content(segment, &after)?;
        Ok(Event {
            role: step.who.clone(),
            pid,
            function: step.call.name(),
            code: step.call.to_string(),
            call,
            outcome,
            segment,
            before,
            after,
            content,
            stat,
            file,
            notes: Vec::new(),
            names: self.names.clone(),
        })
    }

    fn enter(&mut self, role: &str) -> Result<i32, Trouble> {
        let Some(scratch) = &self.scratch else { return Err(gone()) };
        let guard = self.guard.as_ref().map(Guard::wire);
        let pid = self.cast.enter(role, scratch.folder(), guard)?;
        self.names.insert(role.into(), Value::Pid(pid));
        Ok(pid)
    }

    fn create(&mut self, step: &Step) -> Outcome {
        let (Some(name), Some(scratch)) = (resolve::path(&step.call), &self.scratch) else {
            return Outcome::Failed(libc::EINVAL);
        };
        match scratch.create(name) {
            Ok(()) => Outcome::Returned(Value::Nothing),
            Err(error) => Outcome::Failed(error.raw_os_error().unwrap_or(libc::EIO)),
        }
    }

    /// Has an actor make the step's call, with its notes before and after.
    fn ask(&mut self, step: &Step, pid: i32) -> Result<(Outcome, Option<Segment>), Trouble> {
        let Some(request) = resolve::request(&step.call, &self.names) else {
            return Err(Trouble::Refused(format!(
                "`{}` can't be made: a name in it stands for another kind of thing",
                step.call
            )));
        };
        self.permit(&request)?;
        if let Request::Shmget { key, size, .. } = request {
            self.note(Note::Asked { key, size, cpid: pid, at: now() });
        }
        let answer = self.cast.ask(&step.who, &request)?;
        let (outcome, stat) = match answer {
            Answer::Replied(reply) => (outcome_of(step, &reply), reply.stat),
            // An actor that was told to end, and did.
            Answer::Gone(Outcome::Exited(status)) if request == (Request::Exit { status }) => {
                (Outcome::Returned(Value::Nothing), None)
            }
            Answer::Gone(outcome) => (outcome, None),
        };
        if let Request::Shmget { .. } = request {
            self.given(&outcome, pid);
        }
        Ok((outcome, stat))
    }

    /// On the machine's own namespace a lesson may touch only what this run has made.
    fn permit(&self, request: &Request) -> Result<(), Trouble> {
        let (Request::Shmat { id, .. } | Request::Shmctl { id, .. }) = *request else { return Ok(()) };
        if self.on_host() && !self.ledger.owns(id) {
            return Err(Trouble::Refused(format!(
                "segment {id} was not made in this run, and on the host a lesson may not touch it; leave out --host to play in a sandbox"
            )));
        }
        Ok(())
    }

    /// Notes whether shmget gave out a new segment, and which.
    fn given(&mut self, outcome: &Outcome, pid: i32) {
        let made = match outcome {
            Outcome::Returned(Value::Id(id)) if !self.ledger.owns(*id) => {
                let row =
                    evidence::segments().and_then(|(rows, _)| rows.into_iter().find(|row| row.shmid == *id));
                row.or_else(|| shm::stat(*id).ok()).filter(|row| row.cpid == pid)
            }
            // Killed or stuck in the middle of it: the announcement stays.
            Outcome::Died { .. } | Outcome::Exited(_) | Outcome::Silent => return,
            _ => None,
        };
        self.note(made.map_or(Note::NotMade, |row| Note::Made {
            key: row.key,
            shmid: row.shmid,
            size: row.size,
            cuid: row.cuid,
            ctime: row.ctime,
        }));
    }

    /// Why a key can't be used, if it can't: somebody else's segment has it, or it is 0 or -1.
    fn taken(&self, step: &Step, event: &Event) -> Option<String> {
        if self.keys.is_empty() && event.function != "ftok" {
            return None;
        }
        match (&event.outcome, &step.expect) {
            (Outcome::Returned(Value::Key(key @ (0 | -1))), Expect::Ok) => Some(format!(
                "The file gave the key {}, which has another meaning. Lab made another key file.",
                Value::Key(*key)
            )),
            (Outcome::Failed(libc::EEXIST), expect) if event.function == "shmget" => {
                let expected = matches!(expect, Expect::Errno(row) if row.value == i64::from(libc::EEXIST));
                let ours = event
                    .before
                    .segments
                    .iter()
                    .flatten()
                    .any(|row| event.call.contains(&Value::Key(row.key).to_string()));
                (!expected && !ours).then(|| {
                    format!(
                        "{} failed with EEXIST: the key of another run's segment is the same, since only 16 bits of an inode count. Lab made another key file, and the key is another now.",
                        event.call
                    )
                })
            }
            _ => None,
        }
    }

    /// Makes every key file anew, under its name, and has every key made again by the actor that made it.
    fn take_other_keys(&mut self) -> Result<(), Trouble> {
        let keys = self.keys.clone();
        let scratch = self.scratch.as_ref().ok_or_else(gone)?;
        let mut paths: Vec<&String> = keys.iter().map(|(_, _, path, _)| path).collect();
        paths.dedup();
        for path in paths {
            scratch.replace(path).map_err(Trouble::while_doing("make another key file"))?;
        }
        for (role, name, path, project) in keys {
            let answer = self.cast.ask(&role, &Request::Ftok { path, project })?;
            if let (Answer::Replied(Reply { result: Ok(key), .. }), Some(name)) = (answer, name) {
                self.names.insert(name, Value::Key(low_int(key)));
            }
        }
        Ok(())
    }

    /// What ftok is about to read of its file.
    fn file_fact(&mut self, step: &Step) -> Option<FileFact> {
        let function = step.call.spec()?.function;
        if function != Function::Ftok {
            return None;
        }
        let Some(Request::Ftok { path, project }) = resolve::request(&step.call, &self.names) else {
            return None;
        };
        let key = (step.who.clone(), step.call.bind.clone(), path.clone(), project);
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
        let whole = self.scratch.as_ref()?.folder().join(path);
        let (device, inode) = evidence::identity(&whole).ok()?;
        Some(FileFact { path: shown(&whole), device, inode, project })
    }

    /// The kernel's side of the stage now: this run's segments, and who has them attached.
    fn look(&self) -> Snapshot {
        let mut snapshot = Snapshot { mappings_seen: true, ..Snapshot::default() };
        if let Some((rows, source)) = evidence::segments() {
            let ours = rows.into_iter().filter(|row| self.ledger.owns(row.shmid)).collect();
            (snapshot.segments, snapshot.source) = (Some(ours), source);
        }
        for (role, pid) in self.cast.members() {
            match evidence::mappings(role, pid) {
                Ok(lines) => snapshot.mappings.extend(lines),
                Err(_) => snapshot.mappings_seen = false,
            }
        }
        snapshot
    }

    /// The segment a step was about: the one it names, was given, or has mapped at its address.
    fn concerned(&self, step: &Step, outcome: &Outcome, before: &Snapshot) -> Option<i32> {
        let given = match outcome {
            Outcome::Returned(Value::Id(id)) => Some(*id),
            _ => None,
        };
        given
            .or_else(|| match resolve::request(&step.call, &self.names)? {
                Request::Shmat { id, .. } | Request::Shmctl { id, .. } => Some(id),
                Request::Shmdt { address } | Request::Puts { address } | Request::Store { address, .. } => {
                    let here = |mapping: &&crate::event::Mapping| {
                        mapping.role == step.who && (mapping.start..mapping.end).contains(&address)
                    };
                    before.mappings.iter().find(here).map(|mapping| mapping.shmid)
                }
                _ => None,
            })
            .or_else(|| self.ledger.latest())
    }

    /// The first bytes of a segment, through an actor that has it attached. Only where all its pages are in
    /// memory already: a look at a page that is not would bring it in, and change what is shown.
    fn content(&mut self, segment: Option<i32>, now: &Snapshot) -> Result<Option<Content>, Trouble> {
        let Some(row) = segment.and_then(|shmid| now.segment(shmid)) else { return Ok(None) };
        let Some(mapping) = now.mappings.iter().find(|mapping| mapping.shmid == row.shmid) else {
            return Ok(None);
        };
        if row.rss.is_none_or(|rss| rss < row.size) {
            return Ok(None);
        }
        let length = SHOWN_BYTES.min(usize::try_from(row.size).unwrap_or(SHOWN_BYTES));
        let (role, address) = (mapping.role.clone(), mapping.start);
        match self.cast.ask(&role, &Request::Peek { address, length })? {
            Answer::Replied(reply) => Ok(reply.text.map(|bytes| Content { role, address, bytes })),
            Answer::Gone(_) => Ok(None),
        }
    }

    /// Ends every actor, removes every segment of this run and the scratch folder.
    ///
    /// # Errors
    /// Something could not be removed: its identifier, and the command that would.
    pub fn strike(mut self) -> Result<(), Trouble> {
        self.clean_up()
    }

    fn clean_up(&mut self) -> Result<(), Trouble> {
        let Some(guard) = self.guard.take() else { return Ok(()) };
        self.cast.end();
        process::reap_strangers();
        let cleaned = self.ledger.clean();
        let left = self.still_left(&cleaned);
        if left.is_empty() {
            guard.dismiss();
            if let Some(record) = self.record.take() {
                record.remove();
            }
            return Ok(());
        }
        // Not done: the guard tries again by itself, and on the host the record stays for `lab clean`.
        guard.release();
        Err(Trouble::Left(left.join("\n")))
    }

    /// What a clean-up could not remove, in words. IPC_RMID with success only marks a segment that somebody
    /// has attached, so the kernel's table is asked afterwards.
    fn still_left(&self, cleaned: &Cleaned) -> Vec<String> {
        let mut left = Vec::new();
        for (row, errno) in &cleaned.refused {
            let (id, errno) = (row.shmid, names::errno(*errno));
            left.push(if self.on_host() {
                format!("segment {id} could not be removed: shmctl({id}, IPC_RMID, NULL) returned {errno}; try `lab clean`, or `ipcrm -m {id}`")
            } else {
                format!("segment {id} could not be removed: shmctl({id}, IPC_RMID, NULL) returned {errno}; it goes with the sandbox, now")
            });
        }
        if let Some((path, why)) = &cleaned.folder_refused {
            left.push(format!("the folder {} could not be removed: {why}", shown(path)));
        }
        let rows = evidence::segments().map(|(rows, _)| rows).unwrap_or_default();
        for id in cleaned.removed.iter().map(|row| row.shmid) {
            if let Some(row) = rows.iter().find(|row| row.shmid == id) {
                left.push(format!(
                    "segment {id} is marked for removal and goes with its last detach: it is still attached {} time(s), not by lab",
                    row.nattch
                ));
            }
        }
        left
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // After a panic or an early return; a trouble here has nobody left to tell.
        let _ = self.clean_up();
    }
}

fn outcome_of(step: &Step, reply: &Reply) -> Outcome {
    use crate::lesson::Yields;
    let value = match (&reply.result, &reply.text) {
        (Err(errno), _) => return Outcome::Failed(*errno),
        (Ok(_), Some(text)) => return Outcome::Returned(Value::Text(text.clone())),
        (Ok(value), None) => *value,
    };
    let yields = step.call.spec().map_or(Yields::Nothing, |spec| spec.yields);
    Outcome::Returned(match yields {
        Yields::Key => Value::Key(low_int(value)),
        Yields::Id => Value::Id(low_int(value)),
        Yields::Address => Value::Address(value.cast_unsigned()),
        Yields::Zero => Value::Zero,
        Yields::Text | Yields::Nothing => Value::Nothing,
    })
}

fn low_int(value: i64) -> i32 {
    let [a, b, c, d, ..] = value.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// Seconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_secs().cast_signed()
}

fn gone() -> Trouble {
    Trouble::System("use the scratch folder", io::Error::from(io::ErrorKind::NotFound))
}
