//! What a call met and what that means, in a sentence: one for each variant of [`Meaning`]. Pure functions.

use super::fault;
use crate::constants;
use crate::facts::meaning::{Existing, Meaning, ObjectKind};

/// What a call means, in a sentence or two.
pub fn sentence(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Errno { function, errno } => capital(constants::meaning(function, *errno)) + ".",
        Meaning::KeyMinusOne => "The key is -1, what a failed ftok returns, and no segment has it.".into(),
        Meaning::IdMinusOne => "The identifier is -1, what a failed shmget returns.".into(),
        Meaning::AddressMinusOne => "The address is -1, what a failed shmat returns.".into(),
        Meaning::NoSegment { shmid } => format!("There is no segment {shmid} (any more)."),

        Meaning::ReturnedId => "The kernel returned an identifier.".into(),
        Meaning::Found { shmid, maker, role, own, creat } => {
            let by = match role {
                Some(_) if *own => "this process".to_owned(),
                Some(role) => role.clone(),
                None => format!("process {maker}, which is not of this program"),
            };
            let surprise = " IPC_CREAT without IPC_EXCL takes what is there, with its size, mode and content.";
            let surprise = if *creat { surprise } else { "" };
            format!("Segment {shmid} has this key already, made by {by}.{surprise}")
        }
        Meaning::Created { private, size, pages, mode } => {
            let new = match private {
                true => "IPC_PRIVATE always makes a new segment",
                false => "No segment had this key, and the kernel made one",
            };
            let pages = if *pages == 1 { "one page".to_owned() } else { format!("{pages} pages") };
            format!("{new}: {size} bytes, {pages} of zeros, mode 0{mode:o}.")
        }
        Meaning::NoSegmentWithKey => "No segment has this key, and without IPC_CREAT none is made: whoever makes it has not run yet, used another key, or has removed it.".into(),
        Meaning::ExistsAlready { there } => format!("IPC_EXCL insists on a new segment, and {}: perhaps left by an earlier run.", existing(there)),
        Meaning::TooSmall { asked, there } => format!("It asks for {asked} bytes, and {}: a segment does not grow.", existing(there)),
        Meaning::ModeRefused { asked, there } => format!("It asks for mode 0{asked:o}, and {}: that mode gives this user less.", existing(there)),
        Meaning::NoSize => "A new segment needs a size, and 0 was asked for.".into(),
        Meaning::OverShmmax { asked, shmmax } => format!("{asked} bytes are more than this kernel allows for a segment (SHMMAX, {shmmax})."),

        Meaning::Attached { shmid, address, read_only, again, marked } => {
            let how = if *read_only { "for reading only" } else { "for reading and writing" };
            let twice = again.as_ref()
                .map(|at| format!(" This process has it attached at {at} as well."))
                .unwrap_or_default();
            let late = " It is marked for removal: only Linux still lets it be attached.";
            let late = if *marked { late } else { "" };
            format!("Segment {shmid} is now mapped at {address}, {how}.{twice}{late}")
        }
        Meaning::AddressRefused { shmid, address } => format!("Segment {shmid} can't be mapped at {address}: the address is unaligned, or something is mapped there. NULL lets the kernel choose."),
        Meaning::AttachRefused { shmid, mode, uid } => format!("Segment {shmid} has mode 0{mode:o} and belongs to user {uid}: that does not allow this attach."),

        Meaning::DestroyedByDetach { shmid } => format!("That was the last attach of segment {shmid}, which was marked: now it is destroyed."),
        Meaning::Detached { shmid, attaches: 0 } => format!("Segment {shmid} is not attached anywhere now; it stays, with its content, until IPC_RMID."),
        Meaning::Detached { shmid, attaches } => {
            let left = if *attaches == 1 { "1 attach is".into() } else { format!("{attaches} attaches are") };
            format!("Segment {shmid} is not mapped at this address any more; {left} left of it.")
        }
        Meaning::AddressNull => "The address is NULL: nothing was ever attached there.".into(),
        Meaning::BeginningGone { shmid } => format!("Segment {shmid} was attached there, and shmdt does not find its beginning: munmap, mremap or another mapping has changed what is there."),
        Meaning::InsideSegment { shmid, offset, start } => format!("The address is {offset} bytes into segment {shmid}, which is attached at {start}: shmdt wants exactly what shmat returned."),
        Meaning::UnmappedBefore { shmid } => format!("Segment {shmid} was attached there, until munmap, mremap or another mapping ended that: shmdt finds nothing of it."),
        Meaning::DetachedBefore { shmid } => format!("Segment {shmid} was attached there, and is detached already."),
        Meaning::AttachedElsewhere { shmid, start } => format!("Nothing is attached there; segment {shmid} is, at {start}."),
        Meaning::NothingAttached => "Nothing is attached there.".into(),

        Meaning::KeyForId { given, shmid } => format!("There is no segment {given}; but segment {shmid} has this number as its key: shmctl wants the identifier."),
        Meaning::DestroyedAtOnce { shmid } => format!("Nobody had segment {shmid} attached: it is destroyed at once."),
        Meaning::AlreadyMarked { shmid } => format!("Segment {shmid} was marked for removal already: the second IPC_RMID changes nothing and does no harm."),
        Meaning::MarkedWhileAttached { shmid, attaches } => format!("Segment {shmid} is marked (its key is 0 now): it works on until the last of its {attaches} attaches is gone."),
        Meaning::OwnerAndModeSet { uid, mode } => format!("Owner and mode are now user {uid} and 0{mode:o}."),
        Meaning::PerhapsSet => "Owner and mode may have changed.".into(),
        Meaning::RecordRead => "The kernel copied the segment's record into the program.".into(),

        Meaning::ObjectMade { kind, id, count, private } => {
            let new = if *private { "IPC_PRIVATE always makes a new one" } else { "the key was free" };
            format!("The kernel made {}, because {new}.", object(*kind, *id, *count))
        }
        Meaning::ObjectFound { kind, id, count, maker } => {
            format!("{} has this key already, made by {}.", capital(&object(*kind, *id, *count)), made_by(maker.as_ref()))
        }
        Meaning::ObjectExists { kind, id, count, maker } => {
            let cure = match maker {
                Some(_) => String::new(),
                None => format!(" If no process uses it any more, remove it with `{}` and run again.", remove(*kind, *id)),
            };
            format!(
                "IPC_EXCL insists on a new one, and {} has this key, made by {}.{cure}",
                object(*kind, *id, *count),
                made_by(maker.as_ref())
            )
        }
        Meaning::NoObjectWithKey { kind } => format!(
            "No {} has this key, and without IPC_CREAT the call does not make one.",
            match kind {
                ObjectKind::Set => "semaphore set",
                ObjectKind::Queue => "message queue",
            }
        ),
        Meaning::ObjectRemoved { kind, id } => match kind {
            ObjectKind::Set => format!("Semaphore set {id} is removed at once, and whoever waits in it gets EIDRM."),
            ObjectKind::Queue => format!("Message queue {id} is removed at once, with the messages in it."),
        },
        Meaning::TracedAlready => "The program is a tracer itself, and a process can have only one: lab follows its children already.".into(),
        Meaning::KeyOfFile { project, device, inode, key } => {
            let cut = if (0..=0xff).contains(project) { "" } else { " & 0xff" };
            format!(
                "The kernel saw only a stat. Its inode and device make the key: project {project:#04x}{cut}, device {device:#x} & 0xff, inode {inode} & 0xffff give {} again.",
                key
            )
        }
        Meaning::NoFile { path } => format!("The program looked for {} and did not find it; a key of 0xffffffff follows: ftok needs a file that exists.", path),

        Meaning::BorrowsMemory { child } => format!("{child} borrows this process's memory until it runs another program."),
        Meaning::Inherits { child, attaches, shmid } => match (attaches, shmid) {
            (1, Some(shmid)) => format!("{child} inherits the attach of segment {shmid}: one attach more."),
            (0, _) => format!("{child} begins as a copy; nothing is attached to inherit."),
            (attaches, _) => format!("{child} inherits {attaches} attaches."),
        },
        Meaning::Becomes { was, name, attaches, shmid } => {
            let lost = match (attaches, shmid) {
                (1, Some(shmid)) => format!(" Its attach of segment {shmid} is gone: attaches do not survive exec."),
                (0, _) => String::new(),
                (attaches, _) => format!(" Its {attaches} attaches are gone: attaches do not survive exec."),
            };
            format!("{was} becomes {name}.{lost}")
        }
        Meaning::ExitDetaches { attaches: 1, shmid } => format!("Segment {shmid} was still attached: the exit detaches it."),
        Meaning::ExitDetaches { attaches, .. } => format!("{attaches} attaches were still there: the exit ends them."),
        Meaning::Fault { why } => fault::sentence(why),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// A set or a queue with what lab knows of it; 0 semaphores: they were not counted.
fn object(kind: ObjectKind, id: i32, count: u64) -> String {
    match (kind, count) {
        (ObjectKind::Queue, _) => format!("message queue {id}"),
        (ObjectKind::Set, 0) => format!("semaphore set {id}"),
        (ObjectKind::Set, 1) => format!("semaphore set {id} (1 semaphore)"),
        (ObjectKind::Set, count) => format!("semaphore set {id} ({count} semaphores)"),
    }
}

fn made_by(maker: Option<&String>) -> String {
    maker.map_or("a process that is not of this program".into(), Clone::clone)
}

/// How a person removes a set or a queue.
pub fn remove(kind: ObjectKind, id: i32) -> String {
    match kind {
        ObjectKind::Set => format!("ipcrm -s {id}"),
        ObjectKind::Queue => format!("ipcrm -q {id}"),
    }
}

fn existing(there: &Existing) -> String {
    let Existing { shmid, size, mode, maker } = there;
    format!("segment {shmid} has this key, {size} bytes, mode 0{mode:o}, made by process {maker}")
}
