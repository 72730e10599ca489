//! Records of runs: one file each in the state folder, written before what it announces and locked while its
//! run lives. A record whose lock is free is a dead run's; `lab clean` and every start read those.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use super::requirements;
use super::resources::{Cleaned, ResourceEvent, Resources};
use crate::facts::event::Segment;
use crate::sys::own_files::{self, NotKept, OwnFolder};
use crate::sys::{evidence, files, process, settings, since_1970, state_dir};

/// The records' folder in lab's own.
const FOLDER: &str = "runs";
/// How long a record may be without its name; a living run needs a moment.
const NAMED_WITHIN: Duration = Duration::from_secs(60);
/// How many names are tried.
const MAX_TRIES: usize = 16;

/// The record of the run under way.
#[derive(Debug)]
pub struct Journal {
    file: File,
    name: String,
}

/// A dead run's record.
#[derive(Debug)]
pub struct Dead {
    file: File,
    name: String,
    pub resources: Resources,
}

/// What was found among the records.
#[derive(Debug, Default)]
pub struct FoundJournals {
    pub dead: Vec<Dead>,
    /// What is left alone, and why: a sentence.
    pub alone: Option<String>,
}

impl Journal {
    /// Opens a record for this run. It gets its final name only when it is locked, or another start could take it for a
    /// dead run's. It fails where lab has no place of its own for it.
    pub fn open() -> Result<Journal, NotKept> {
        let runs = state_dir::made()?.made_folder(FOLDER)?;
        let (name, file) = new_file(&runs)?;
        let new = format!("{name}.new");
        let mut record = Journal { file, name: format!("{name}.run") };
        let ready = if files::lock(&record.file) {
            record.write(&Resources::opening()).and_then(|()| runs.rename(&new, &record.name))
        } else {
            Err(io::Error::other("a new file could not be locked"))
        };
        if let Err(error) = ready {
            let _ = runs.remove(&new);
            return Err(error.into());
        }
        Ok(record)
    }

    /// Writes a note, before what it announces is done.
    pub fn write(&mut self, note: &ResourceEvent) -> io::Result<()> {
        let mut line = serde_json::to_vec(note)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }

    /// The run has left nothing: no record is needed.
    pub fn remove(&self) {
        remove(&self.name);
    }
}

/// A new file, and its name without its end.
fn new_file(runs: &OwnFolder) -> io::Result<(String, File)> {
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..MAX_TRIES {
        let name = format!("{}-{}", process::own_pid(), since_1970().as_nanos());
        match runs.create(&format!("{name}.new")) {
            Ok(file) => return Ok((name, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

fn remove(name: &str) {
    if let Ok(Some(runs)) = folder() {
        let _ = runs.remove(name);
    }
}

fn folder() -> Result<Option<OwnFolder>, NotKept> {
    state_dir::existing()?.map_or(Ok(None), |state| state.folder(FOLDER))
}

/// The records of runs that have ended without cleaning up. The lock of each is held while it is looked at. A record that a
/// run has begun and never named is removed.
pub fn dead() -> FoundJournals {
    found(true)
}

/// The same for whoever changes nothing.
pub fn seen() -> FoundJournals {
    found(false)
}

fn found(tidy: bool) -> FoundJournals {
    let mut found = FoundJournals::default();
    let runs = match folder() {
        Ok(Some(runs)) => runs,
        Ok(None) | Err(NotKept::System(_)) => return found,
        // What is wrong with lab's own folder is wrong with more than the records.
        Err(NotKept::Alone(why)) => {
            found.alone = Some(state_dir::refused().unwrap_or_else(|| format!("{why}: no records are kept")));
            return found;
        }
    };
    let mut others = 0;
    for name in runs.names().unwrap_or_default() {
        match read(&runs, name, tidy) {
            Ok(dead) => found.dead.extend(dead),
            Err(NotKept::System(_)) => {}
            Err(NotKept::Alone(why)) if found.alone.is_none() => found.alone = Some(why),
            Err(NotKept::Alone(_)) => others += 1,
        }
    }
    if let (Some(why), 1..) = (&mut found.alone, others) {
        let records = if others == 1 { "record" } else { "records" };
        *why += &format!("; so it does with {others} other {records} there");
    }
    found
}

/// A record of a dead run; none for the living, and for what is not a record.
fn read(runs: &OwnFolder, name: String, tidy: bool) -> Result<Option<Dead>, NotKept> {
    if name.ends_with(".new") {
        // Killed between making its record and naming it.
        let written = runs.look(&name)?.map_or(0, |stat| stat.st_mtime);
        let age = since_1970().as_secs().cast_signed().saturating_sub(written);
        if tidy && age > NAMED_WITHIN.as_secs().cast_signed() {
            runs.remove(&name)?;
        }
        return Ok(None);
    }
    if !name.ends_with(".run") {
        return Ok(None);
    }
    let Some(file) = runs.file(&name, true)? else { return Ok(None) };
    if !files::lock(&file) {
        return Ok(None);
    }
    let resources = folded(&file)?;
    Ok(Some(Dead { file, name, resources }))
}

/// The notes of a record.
fn folded(file: &File) -> io::Result<Resources> {
    let text = own_files::whole(file)?;
    let mut resources = Resources::default();
    // A line that can't be read was cut off by a death, or was never ours: it announces nothing.
    for note in text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()) {
        resources.take(note);
    }
    Ok(resources)
}

/// The segment with a key that a record of ours matches, and its run.
#[derive(Debug)]
pub struct Waiting {
    pub row: Segment,
    /// Its run, as the record tells it.
    pub run: Resources,
    /// The record, locked; none while another lab has it.
    record: Option<Dead>,
}

/// Looks among the records for the run that has made this segment, as `lab clean` does.
pub fn waiting(row: &Segment) -> Option<Waiting> {
    let runs = folder().ok()??;
    let found = |name: String| {
        let file = runs.file(&name, true).ok()??;
        let free = files::lock(&file);
        let run = folded(&file).ok()?;
        let ours = here(&run)?.waits(std::slice::from_ref(row));
        let record = free.then(|| Dead { file, name, resources: run.clone() });
        ours.then(|| Waiting { row: row.clone(), run, record })
    };
    runs.names().ok()?.into_iter().filter(|name| name.ends_with(".run")).find_map(found)
}

impl Waiting {
    /// Whether another lab has it: the run itself, or who has found it.
    pub fn is_held(&self) -> bool {
        self.record.is_none()
    }

    /// Writes down that this process has found it.
    pub fn take(&mut self) -> io::Result<()> {
        self.write(&ResourceEvent::Taken { pid: process::own_pid() })
    }

    fn write(&mut self, note: &ResourceEvent) -> io::Result<()> {
        let Some(record) = &mut self.record else { return Ok(()) };
        // The last line may have been cut off.
        let line = [b"\n", &*serde_json::to_vec(note)?, b"\n"].concat();
        record.file.write_all(&line)
    }

    /// When this process is done: the segment if it is still there, and then its record stays. Otherwise it goes.
    pub fn give_back(mut self) -> Option<Segment> {
        if here(&self.run).is_some_and(|run| run.waits(&evidence::rows())) {
            // What can't be written is read as the mark of a client that was killed.
            let _ = self.write(&ResourceEvent::GivenBack);
            return Some(self.row);
        }
        self.record.map(Dead::clean);
        None
    }
}

/// What this process may clean of a run. What another user's run has left is for that user, and a record that does not
/// say whose it is counts as empty. Segments live in one boot and one IPC namespace: after a restart of the machine
/// they are gone; in another namespace they are not ours to see, and the record stays for whoever is there.
fn here(run: &Resources) -> Option<Resources> {
    if !run.opened_by(process::own_uid()) {
        return Some(Resources::default());
    }
    let resources = run.clone().made_by(&requirements::creators());
    let same = |recorded: &str, now: &str| recorded.is_empty() || now.is_empty() || recorded == now;
    if !same(&resources.boot, &settings::boot_id()) {
        return Some(resources.after_restart());
    }
    (!resources.has_segments() || same(&resources.ipc, &settings::ipc_namespace())).then_some(resources)
}

impl Dead {
    /// What this process may clean of it.
    pub fn ledger_here(&self) -> Option<Resources> {
        here(&self.resources)
    }

    /// Removes what the run left and, when nothing is left, the record.
    pub fn clean(self) -> Cleaned {
        self.cleaned(|resources| (resources.clean(), false))
    }

    /// The same, but for segments that wait for another program.
    pub fn tidy(self) -> Cleaned {
        self.cleaned(Resources::tidy)
    }

    fn cleaned(self, how: impl FnOnce(&Resources) -> (Cleaned, bool)) -> Cleaned {
        let (cleaned, waits) = self.ledger_here().map(|resources| how(&resources)).unzip();
        if cleaned.as_ref().is_some_and(Cleaned::complete) && waits == Some(false) {
            remove(&self.name);
        }
        drop(self.file);
        cleaned.unwrap_or_default()
    }
}
