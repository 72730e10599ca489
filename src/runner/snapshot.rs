//! What is read from the kernel around a step: the rows of this run's segments, who has them attached, their
//! first bytes, a file's identity. Reading only; where a look would change what it shows, it is left out.

use super::actors::ActorReply;
use super::request::Request;
use super::{RunKey, Stage};
use crate::error::Error;
use crate::facts::event::{Content, FileFact, Mapping, Segment, Snapshot};
use crate::facts::outcome::{Outcome, Value, low_int};
use crate::lesson::{Action, Expr, Function};
use crate::sys::{evidence, file_identity, shm};
use crate::text::path_text;

/// How many bytes of a segment the picture shows.
const SHOWN_BYTES: usize = 64;

impl Stage {
    /// What ftok is about to read of its file.
    pub(super) fn file_fact(&mut self, step: &Action) -> Option<FileFact> {
        if step.call.spec()?.function != Function::Ftok {
            return None;
        }
        let Some(Expr::Text(path)) = step.call.arg(0) else { return None };
        let project = step.call.arg(1)?.number(&self.names)?;
        let whole = self.scratch.as_ref()?.folder().join(path);
        let (device, inode) = file_identity::identity(&whole).ok()?;
        let key =
            RunKey { role: step.who.clone(), name: step.call.bind.clone(), path: path.clone(), project };
        // A file of whoever runs lab is never replaced by another one.
        if self.key_file.is_none() && !self.keys.contains(&key) {
            self.keys.push(key);
        }
        Some(FileFact { path: path_text(&whole), device, inode, project: low_int(project) })
    }

    /// The kernel's side of the stage now: this run's segments, and who has them attached.
    pub(super) fn look(&mut self) -> Snapshot {
        self.actors.attend();
        let mut snapshot = Snapshot {
            mappings_seen: true,
            members: self.actors.members(),
            devshm: evidence::segment_files(),
            ..Snapshot::default()
        };
        if let Some((rows, source)) = evidence::segments() {
            let ours = rows.into_iter().filter(|row| self.ledger.resources.owns(row.shmid)).collect();
            (snapshot.segments, snapshot.source) = (Some(ours), source);
        }
        for (role, pid) in self.actors.living() {
            match evidence::mappings(role, pid) {
                Ok(lines) => snapshot.mappings.extend(lines),
                Err(_) => snapshot.mappings_seen = false,
            }
        }
        snapshot
    }

    /// The segment a step was about: the one it names, was given, or has mapped at its address.
    pub(super) fn concerned(&self, step: &Action, outcome: &Outcome, before: &Snapshot) -> Option<i32> {
        let function = step.call.spec().map(|spec| spec.function);
        let latest = || self.ledger.resources.latest(|shmid| before.segment(shmid).is_some());
        if let (Outcome::Returned(Value::Id(id)), Some(Function::Shmget)) = (outcome, function) {
            return Some(*id);
        }
        if let Some(Function::Shmat | Function::Shmctl) = function {
            let id = step.call.arg(0)?.number(&self.names).map(low_int);
            return id.filter(|id| self.ledger.resources.owns(*id)).or_else(latest);
        }
        let mapped = step.call.names().into_iter().find_map(|name| {
            let Some(Value::Address(address)) = self.names.get(name) else { return None };
            let here = |mapping: &&Mapping| {
                step.roles().any(|role| role == mapping.role)
                    && (mapping.start..mapping.end).contains(address)
            };
            before.mappings.iter().find(here).map(|mapping| mapping.shmid)
        });
        mapped.or_else(latest)
    }

    /// The first bytes of a segment, through an actor that has it attached. Only where all its pages are in
    /// memory already: a look at a page that is not would bring it in, and change what is shown.
    pub(super) fn content(&mut self, segment: Option<i32>, now: &Snapshot) -> Result<Option<Content>, Error> {
        let Some(row) = segment.and_then(|shmid| now.segment(shmid)) else { return Ok(None) };
        let free = |mapping: &&Mapping| mapping.shmid == row.shmid && self.actors.answers(&mapping.role);
        let Some(mapping) = now.mappings.iter().find(free) else { return Ok(None) };
        if row.rss.is_none_or(|rss| rss < row.size) {
            return Ok(None);
        }
        let length = SHOWN_BYTES.min(usize::try_from(row.size).unwrap_or(SHOWN_BYTES));
        let (role, address) = (mapping.role.clone(), mapping.start);
        match self.actors.request_untraced(&role, &Request::Peek { address, length })? {
            ActorReply::Replied(reply) => Ok(reply.text.map(|bytes| Content { role, address, bytes })),
            _ => Ok(None),
        }
    }
}

/// The row of a segment; its record where nothing lists rows.
pub(super) fn row_of(id: i32) -> Option<Segment> {
    let listed = evidence::segments().and_then(|(rows, _)| rows.into_iter().find(|row| row.shmid == id));
    listed.or_else(|| shm::stat(id).ok())
}
