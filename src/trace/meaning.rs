//! What a call met in the kernel and what that means: which case it was, chosen by what was observed. It words nothing.

use super::call::{CompletedCall, kind_of};
use super::limits;
use super::story::{Attach, How, Process, Story};
use crate::constants;
use crate::facts::event::{Event, FileFact, Segment};
use crate::facts::meaning::{Existing, Holding, Meaning};
use crate::facts::outcome::{Outcome, Value};
use crate::facts::traced_call::TracedCall::{
    Msgctl, Msgget, Ptrace, Semctl, Semget, Shmat, Shmctl, Shmdt, Shmget,
};
use crate::sys::{evidence, proc};
use crate::text::quote;

/// How many processes that have a segment are named.
const MAX_HOLDERS: usize = 8;

/// What a finished call means. `row` is the segment's after it.
pub fn of(
    story: &Story,
    done: &CompletedCall<'_>,
    segment: Option<i32>,
    row: Option<&Segment>,
    page: u64,
) -> Option<Meaning> {
    Some(match (done.call, &done.outcome) {
        (Shmget, Outcome::Failed(errno)) => shmget_failed(story, done, *errno, row, page),
        (Shmget, _) => shmget(story, done, row, page),
        (Shmat, Outcome::Failed(errno)) => shmat_failed(story, done, *errno),
        (Shmat, Outcome::Returned(Value::Address(at))) => shmat(story, done, *at, row),
        (Shmdt, Outcome::Failed(_)) => shmdt_failed(story, done)?,
        (Shmdt, _) => match (segment?, row) {
            (shmid, None) if done.pending.before.first().is_some_and(|row| row.nattch > 1) => {
                Meaning::GoneMeanwhile { shmid }
            }
            // In another namespace no row was to be seen, before or after.
            (_, None) if done.pending.before.is_empty() => return None,
            (shmid, None) => Meaning::DestroyedByDetach { shmid },
            (shmid, Some(row)) => {
                let at = done.pending.args[0];
                let mine = story.memory(done.pid).into_iter().flat_map(|process| process.attaches.open());
                let again = mine.into_iter().find(|attach| attach.shmid == shmid && attach.address != at);
                let again = again.map(|attach| Value::Address(attach.address));
                Meaning::Detached { shmid, attaches: row.nattch, again }
            }
        },
        (Shmctl, Outcome::Failed(errno)) => shmctl_failed(story, done, *errno),
        (Shmctl, _) => shmctl(story, done, row)?,
        (Semget | Msgget, outcome) => object(story, done, outcome)?,
        (Semctl | Msgctl, Outcome::Returned(_)) => object_removed(done)?,
        (Ptrace, Outcome::Failed(libc::EPERM)) => Meaning::TracedAlready,
        _ => return None,
    })
}

/// Of a call that failed with this errno no more can be said.
fn no_more(done: &CompletedCall<'_>, errno: i32) -> Meaning {
    Meaning::Errno { function: done.call.name(), errno }
}

fn shmget(story: &Story, done: &CompletedCall<'_>, row: Option<&Segment>, page: u64) -> Meaning {
    let args = done.pending.args;
    let Some(row) = row else { return Meaning::ReturnedId };
    let known = story.life(row.shmid).is_some_and(|life| !life.destroyed);
    if known || row.cpid != done.pid {
        let creat = args[2] as i32 & libc::IPC_CREAT != 0;
        let there = existing(story, row);
        return Meaning::Found { own: row.cpid == done.pid, there, creat, asked: args[1] };
    }
    Meaning::Created {
        private: args[0] as i32 == libc::IPC_PRIVATE,
        size: row.size,
        pages: row.size.div_ceil(page).max(1),
        mode: row.mode & 0o777,
    }
}

/// A segment that is there, and whose it is.
fn existing(story: &Story, row: &Segment) -> Existing {
    let role = story.process(row.cpid).map(|process| process.role.clone());
    let runs = match story.process(row.cpid) {
        Some(process) => process.ended.is_none(),
        None => proc::started(row.cpid).is_some(),
    };
    let now = crate::sys::since_1970().as_secs().cast_signed();
    Existing {
        shmid: row.shmid,
        size: row.size,
        mode: row.mode & 0o777,
        maker: row.cpid,
        role,
        runs,
        uid: row.uid,
        attaches: row.nattch,
        age: u64::try_from(now - row.ctime).ok().filter(|_| row.ctime > 0),
    }
}

fn shmget_failed(
    story: &Story,
    done: &CompletedCall<'_>,
    errno: i32,
    row: Option<&Segment>,
    page: u64,
) -> Meaning {
    let args = done.pending.args;
    let (key, asked, flags) = (args[0] as i32, args[1], args[2] as u32);
    let there = row.map(|row| existing(story, row));
    // What the kernel takes for a size was an int before.
    let int = i64::from(asked as i32);
    match (errno, there) {
        (libc::EINVAL, _) if int < 0 && int.cast_unsigned() == asked => Meaning::NegativeSize { asked, int },
        (libc::ENOENT, _) => match story.removal_of_key(key, done.pid) {
            None if key == -1 => Meaning::KeyMinusOne,
            removal => Meaning::NoSegmentWithKey { removal },
        },
        (libc::EEXIST, Some(there)) => Meaning::ExistsAlready { there },
        (libc::EINVAL, Some(there)) if asked > there.size => Meaning::TooSmall { asked, there },
        (libc::EINVAL, None) if asked == 0 => Meaning::NoSize { negative: negative_before(story, done.pid) },
        (libc::EACCES, Some(there)) => Meaning::ModeRefused { asked: flags & 0o777, there },
        _ => limits::met(story, done.pid, errno, asked, page)
            .map_or_else(|| no_more(done, errno), |met| Meaning::LimitReached { met }),
    }
}

/// Whether an earlier size of this process was a negative int.
fn negative_before(story: &Story, pid: i32) -> bool {
    let negative = |event: &Event| matches!(event.seen().meaning, Some(Meaning::NegativeSize { .. }));
    story.events.iter().any(|event| event.pid == pid && negative(event))
}

/// Why an identifier has no segment.
fn no_segment(story: &Story, pid: i32, shmid: i32) -> Meaning {
    let namespace = |pid: i32| story.process(pid).map(|process| process.namespace);
    let here = namespace(pid);
    let returned = |event: &&Event| event.is(Shmget) && event.outcome == Outcome::Returned(Value::Id(shmid));
    let apart = |event: &&Event| namespace(event.pid).is_some_and(|there| there != 0 && Some(there) != here);
    let mut named = story.events.iter().filter(returned);
    let known = named.clone().any(|event| namespace(event.pid) == here);
    let elsewhere = named.rfind(apart).filter(|_| !known).map(|event| event.role.clone());
    let removal = story.removal_of(shmid, pid).filter(|_| elsewhere.is_none());
    Meaning::NoSegment { shmid, removal, elsewhere }
}

fn shmat(story: &Story, done: &CompletedCall<'_>, address: u64, row: Option<&Segment>) -> Meaning {
    let (shmid, flags) = (done.pending.args[0] as i32, done.pending.args[2] as i32);
    let again = story.memory(done.pid).and_then(|process| process.attaches.of(shmid));
    Meaning::Attached {
        shmid,
        address: Value::Address(address),
        read_only: flags & libc::SHM_RDONLY != 0,
        again: again.map(|attach| Value::Address(attach.address)),
        marked: row.is_some_and(|row| row.is_marked()),
    }
}

fn shmat_failed(story: &Story, done: &CompletedCall<'_>, errno: i32) -> Meaning {
    let (shmid, address) = (done.pending.args[0] as i32, done.pending.args[1]);
    match (errno, done.pending.before.first()) {
        (libc::EINVAL, _) if shmid == -1 => Meaning::IdMinusOne,
        (libc::EINVAL | libc::EIDRM, None) => no_segment(story, done.pid, shmid),
        (libc::EINVAL, _) if address != 0 => {
            Meaning::AddressRefused { shmid, address: Value::Address(address) }
        }
        (libc::EACCES, Some(row)) => Meaning::AttachRefused { there: existing(story, row) },
        _ => no_more(done, errno),
    }
}

fn shmdt_failed(story: &Story, done: &CompletedCall<'_>) -> Option<Meaning> {
    let at = done.pending.args[0];
    if at == u64::MAX || at == 0 {
        return Some(if at == 0 { Meaning::AddressNull } else { Meaning::AddressMinusOne });
    }
    let attaches = &story.memory(done.pid)?.attaches;
    if let Some(attach) = attaches.holding(at) {
        let (shmid, start) = (attach.shmid, attach.address);
        return Some(match at - start {
            0 => Meaning::BeginningGone { shmid },
            offset => Meaning::InsideSegment { shmid, offset, start: Value::Address(start) },
        });
    }
    let unmapped = |attach: &Attach| attach.closed.is_some_and(|closed| closed.how == How::Unmapped);
    Some(match (attaches.closed().rfind(|attach| attach.address == at), attaches.open().next()) {
        (Some(attach), _) if unmapped(attach) => Meaning::UnmappedBefore { shmid: attach.shmid },
        (Some(attach), _) => Meaning::DetachedBefore { shmid: attach.shmid },
        (None, Some(open)) => {
            Meaning::AttachedElsewhere { shmid: open.shmid, start: Value::Address(open.address) }
        }
        (None, None) => Meaning::NothingAttached,
    })
}

fn shmctl_failed(story: &Story, done: &CompletedCall<'_>, errno: i32) -> Meaning {
    let (shmid, command) = (done.pending.args[0] as i32, done.pending.args[1] as i32);
    if errno == libc::EINVAL && !constants::shmctl_has(command) {
        return Meaning::NoCommand { command };
    }
    let of_one = matches!(command, libc::IPC_RMID | libc::IPC_STAT | libc::IPC_SET);
    match errno {
        libc::EINVAL | libc::EIDRM if shmid == -1 => Meaning::IdMinusOne,
        libc::EINVAL | libc::EIDRM if of_one && done.pending.before.is_empty() => {
            let by_key = evidence::with_key(shmid);
            match by_key.filter(|_| shmid != libc::IPC_PRIVATE) {
                Some(found) => Meaning::KeyForId { given: shmid, shmid: found },
                None => no_segment(story, done.pid, shmid),
            }
        }
        libc::EPERM | libc::EACCES => match done.pending.before.first() {
            Some(row) => Meaning::ControlRefused { there: existing(story, row) },
            None => no_more(done, errno),
        },
        _ => no_more(done, errno),
    }
}

fn shmctl(story: &Story, done: &CompletedCall<'_>, row: Option<&Segment>) -> Option<Meaning> {
    let (shmid, command) = (done.pending.args[0] as i32, done.pending.args[1] as i32);
    let was_marked = done.pending.before.first().is_some_and(|row| row.is_marked());
    Some(match (command, row) {
        (libc::IPC_RMID, _) if story.is_elsewhere(done.pid) => Meaning::RemovedElsewhere { shmid },
        (libc::IPC_RMID, None) => Meaning::DestroyedAtOnce { shmid },
        (libc::IPC_RMID, Some(_)) if was_marked => Meaning::AlreadyMarked { shmid },
        (libc::IPC_RMID, Some(row)) => {
            Meaning::MarkedWhileAttached { shmid, attaches: row.nattch, holders: holders(story, shmid) }
        }
        (libc::IPC_SET, _) => match &done.pending.set {
            Some(set) => Meaning::OwnerAndModeSet { uid: set.uid, mode: set.mode & 0o777 },
            None => Meaning::PerhapsSet,
        },
        (libc::IPC_STAT, Some(row)) => record_read(story, done.pid, row),
        (libc::IPC_STAT, None) => Meaning::RecordOfUnknown,
        _ => return None,
    })
}

/// A process has asked how often a segment is attached, and perhaps has it attached itself.
fn record_read(story: &Story, pid: i32, row: &Segment) -> Meaning {
    let times = |pid: i32| story.segments(pid).into_iter().find(|(shmid, _)| *shmid == row.shmid);
    let own = times(pid).map_or(0, |(_, times)| times);
    let ours = story.alive().filter(|process| process.pid != pid && process.memory != pid);
    let ours = ours.filter(|process| times(process.pid).is_some());
    let ours = ours.map(|process| Holding { pid: process.pid, name: process.role.clone(), ours: true });
    let strangers = story.life(row.shmid).map(|life| life.holders.as_slice()).unwrap_or_default();
    // One that has ended since has it no more.
    let strangers = strangers.iter().filter(|holder| proc::started(holder.pid).is_some());
    let others = ours.chain(strangers.cloned()).take(MAX_HOLDERS).collect();
    Meaning::RecordRead { shmid: row.shmid, attaches: row.nattch, own, others }
}

/// What a semget or a msgget met.
fn object(story: &Story, done: &CompletedCall<'_>, outcome: &Outcome) -> Option<Meaning> {
    let (kind, args) = (kind_of(done.pending.watched)?, done.pending.args);
    let maker = |id: i32| story.object(kind, id).and_then(|object| object.made_by.clone());
    match (outcome, &done.pending.there) {
        (Outcome::Failed(libc::EEXIST), Some(row)) => {
            Some(Meaning::ObjectExists { kind, id: row.id, count: row.count, maker: maker(row.id) })
        }
        (Outcome::Failed(libc::ENOENT), _) => Some(Meaning::NoObjectWithKey { kind }),
        (Outcome::Returned(Value::Id(id)), Some(row)) if row.id == *id => {
            Some(Meaning::ObjectFound { kind, id: *id, count: row.count, maker: maker(*id) })
        }
        (Outcome::Returned(Value::Id(id)), None) if !story.process(done.pid)?.elsewhere => {
            // semget's second argument; a queue has none.
            let count = if done.call == Semget { args[1] } else { 0 };
            Some(Meaning::ObjectMade { kind, id: *id, count, private: args[0] as i32 == libc::IPC_PRIVATE })
        }
        _ => None,
    }
}

fn object_removed(done: &CompletedCall<'_>) -> Option<Meaning> {
    let args = done.pending.args;
    let command = if done.call == Semctl { args[2] } else { args[1] };
    (command as i32 == libc::IPC_RMID)
        .then_some(Meaning::ObjectRemoved { kind: kind_of(done.pending.watched)?, id: args[0] as i32 })
}

/// The first of those that have a segment attached.
fn holders(story: &Story, shmid: i32) -> Vec<String> {
    const MOST: usize = 3;
    let holds = |process: &&Process| process.memory == process.pid && process.attaches.of(shmid).is_some();
    story.alive().filter(holds).take(MOST).map(|process| process.role.clone()).collect()
}

/// What a file had to do with a key.
pub fn of_ftok(path: &[u8], file: Option<&FileFact>, key: i32, project: Option<i32>) -> Meaning {
    match file {
        Some(file) => Meaning::KeyOfFile {
            project: file.project,
            device: file.device,
            inode: file.inode,
            key: Value::Key(key),
        },
        None => Meaning::NoFile { path: quote(path), project },
    }
}
